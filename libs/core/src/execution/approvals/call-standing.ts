import { Injectable } from '@nestjs/common';
import { OperationError, type Caller } from '#libs/kit';
import { Authenticator } from '../../access/authenticator.js';
import { Policy } from '../../access/policy/policy.js';
import type { CatalogOperation } from '../../catalog/catalog-entry.js';
import { Catalog } from '../../catalog/catalog.js';
import { asOperationError } from '../../errors/error-table.js';
import type { CallOrigin } from '../call-context.js';

/** A call that was let in a while ago. */
interface EarlierCall {
  readonly operation: CatalogOperation;
  readonly input: Record<string, unknown>;
  readonly origin: CallOrigin;
}

/** What ends a call that waits; anything else, such as a store that is away, may pass. */
const final: ReadonlySet<OperationError['kind']> = new Set(['unauthenticated', 'forbidden', 'unknown']);

/** Whether a call that has waited may still be run: keys end and policies change meanwhile. */
@Injectable()
export class CallStanding {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly catalog: Catalog,
    private readonly policy: Policy,
  ) {}

  /**
   * The caller as it is now. Rejects with `unauthenticated` where its credential is over, `forbidden` where the policy no
   * longer lets it make this call, and `unknown` where the operation is gone.
   */
  async require({ operation, input, origin }: EarlierCall): Promise<Caller> {
    const caller = await this.callerNow(origin);
    this.catalog.find(operation.id, caller);
    this.policy.requireCall(caller, operation);
    this.policy.requireArguments(caller, operation, input);
    return caller;
  }

  /** Why a call need not wait any longer; undefined while it may come to something. */
  async endOf(call: EarlierCall): Promise<OperationError | undefined> {
    try {
      await this.require(call);
      return undefined;
    } catch (cause) {
      const error = asOperationError(cause);
      return final.has(error.kind) ? error : undefined;
    }
  }

  private async callerNow({ caller, request, presented }: CallOrigin): Promise<Caller> {
    if (!request) return caller;
    const now = await this.authenticator.identifyAgain(request, presented);
    if (now?.id === caller.id) return now;
    throw new OperationError('unauthenticated', 'The caller of this call is not known any more');
  }
}
