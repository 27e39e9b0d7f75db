import { Injectable } from '@nestjs/common';
import { OperationError } from '#libs/kit';
import { ApiKeys } from '../access/api-keys.js';
import { Authenticator } from '../access/authenticator.js';
import type { CallContext } from './call-context.js';
import { CallsInFlight } from './calls-in-flight.js';

/**
 * Ends the calls that run for a key which is deleted, replaced at once, or expired. A call that was let in with a token,
 * or with a key in its overlap, is answered: its caller goes on.
 */
@Injectable()
export class RevokedCalls {
  constructor(
    private readonly keys: ApiKeys,
    private readonly authenticator: Authenticator,
    inFlight: CallsInFlight,
  ) {
    keys.ends.onEnd((keyId) => {
      for (const call of inFlight.of(keyId)) void this.judge(call, keyId);
    });
  }

  private async judge(call: CallContext, keyId: string): Promise<void> {
    const { request, presented } = call;
    const isOver = request && (await this.authenticator.isOver(request, presented));
    if (isOver || !this.keys.isTaken(keyId)) call.abort(revoked());
  }
}

function revoked(): OperationError {
  return new OperationError(
    'unauthenticated',
    'The key of this call was revoked or has expired while the call ran. Whether the operation was done is not known; ' +
      'look before you repeat it with another key.',
  );
}
