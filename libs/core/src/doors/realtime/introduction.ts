import { Injectable } from '@nestjs/common';
import type { RealtimeAnswer, Welcome } from '#libs/kit';
import type { Credential } from '../../access/request-facts.js';
import { GatewayVersion } from '../../config/gateway-version.js';
import { asOperationError } from '../../errors/error-table.js';
import type { Client } from './client.js';
import { Clients } from './clients.js';
import type { Message } from './messages.js';
import { RoomAccess } from './room-access.js';
import { credentialsIn, SocketAccess } from './socket-access.js';

/** Makes the two sides known to each other. */
@Injectable()
export class Introduction {
  constructor(
    private readonly access: SocketAccess,
    private readonly clients: Clients,
    private readonly version: GatewayVersion,
    private readonly rooms: RoomAccess,
  ) {}

  welcome(client: Client): void {
    client.send('welcome', { id: client.line.id, ...this.factsOf(client), version: this.version.number });
  }

  /** A client that was `local` by its address becomes whom its credential names; one that differs from the first is bad. */
  async auth(client: Client, message: Message<'auth'>): Promise<RealtimeAnswer<'auth'>> {
    const known = client.presented;
    const isNew = ({ way, value }: Credential) => !known.some((one) => one.way === way && one.value === value);
    const presented = [...known, ...credentialsIn(message).filter(isNew)];
    try {
      const caller = await this.access.identify(client.line.request, presented);
      if (!caller) throw new Error('A credential was presented and names nobody');
      client.presented.splice(0, Infinity, ...presented);
      client.become(caller);
      this.rooms.leaveClosed(client);
    } catch (cause) {
      const error = asOperationError(cause);
      // when the message is acknowledged
      if (error.kind === 'unauthenticated') setImmediate(() => client.end(error));
      throw error;
    }
    this.clients.recognised(client);
    this.welcome(client);
    return { ok: true, ...this.factsOf(client) };
  }

  private factsOf({ caller }: Client): Pick<Welcome, 'caller' | 'permissions' | 'rooms'> {
    return {
      caller: caller ? { id: caller.id, kind: caller.kind, subject: caller.subject } : null,
      permissions: caller?.permissions ?? [],
      rooms: this.rooms.roomsFor(caller),
    };
  }
}
