import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { OperationError, type Caller } from '#libs/kit';
import { Authenticator } from '../../access/authenticator.js';
import { BlockedAddresses } from '../../access/blocked-addresses.js';
import { credential, type Credential } from '../../access/request-facts.js';
import { asOperationError } from '../../errors/error-table.js';
import type { Client } from './client.js';
import type { CredentialsMessage } from './messages.js';
import { RoomAccess } from './room-access.js';

/** What ends a connection; anything else, such as a store that is away, may pass. */
const final: ReadonlySet<OperationError['kind']> = new Set(['unauthenticated', 'forbidden']);

/** Who is behind a connection: asked of the same authority as for every request, and asked again as long as it lasts. */
@Injectable()
export class SocketAccess {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly blocked: BlockedAddresses,
    private readonly rooms: RoomAccess,
  ) {}

  /** Undefined for a client that presents nothing and comes from no trusted address. Rejects a bad credential. */
  async identify(request: IncomingMessage, presented: readonly Credential[] = []): Promise<Caller | undefined> {
    return this.authenticator.identifyIfKnown(request, presented);
  }

  /**
   * Ends the connection of a client whose credential is over or whose address is blocked, and answers why; else sees to it
   * that the client has the permissions that it has now.
   */
  async renew(client: Client): Promise<OperationError | undefined> {
    const { line, presented } = client;
    try {
      this.blocked.check(line.request, '');
      // without a credential it is `local` by its address, which stays what it is
      if (presented.length === 0 && this.authenticator.wayOf(line.request) === 'address') return undefined;
      const caller = await this.authenticator.identifyAgain(line.request, presented);
      if (caller) client.become(caller);
      this.rooms.leaveClosed(client);
      return undefined;
    } catch (cause) {
      const refusal = asOperationError(cause);
      if (!final.has(refusal.kind)) return undefined;
      const error = refusal.kind === 'unauthenticated' ? credentialIsOver() : refusal;
      client.end(error);
      return error;
    }
  }
}

function credentialIsOver(): OperationError {
  return new OperationError(
    'unauthenticated',
    'The key or token of this connection was revoked, replaced or has expired. Connect again with one that is valid',
  );
}

export function credentialsIn({ apiKey, token }: CredentialsMessage): Credential[] {
  return [
    ...(apiKey === undefined ? [] : [credential('x-mcp-key', apiKey)]),
    ...(token === undefined ? [] : [credential('bearer', token)]),
  ];
}
