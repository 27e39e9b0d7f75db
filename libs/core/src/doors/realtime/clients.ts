import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { OperationError } from '#libs/kit';
import { ApiKeys } from '../../access/api-keys.js';
import { OpenConnections } from '../../execution/open-connections.js';
import type { Client } from './client.js';
import { SocketAccess } from './socket-access.js';

/** How long a client may take to say who it is. */
const UNKNOWN_MS = 10_000;
/** How soon it is noticed that a token is over or a permission is gone; that a key is, is told. */
const CHECK_MS = 500;

/** Everyone who is connected. */
@Injectable()
export class Clients implements OnApplicationShutdown {
  private readonly connected = new Set<Client>();
  private readonly unknown = new WeakMap<Client, NodeJS.Timeout>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly access: SocketAccess,
    private readonly counts: OpenConnections,
    keys: ApiKeys,
  ) {
    keys.ends.onEnd(() => this.check());
  }

  get size(): number {
    return this.connected.size;
  }

  all(): Iterable<Client> {
    return this.connected;
  }

  add(client: Client): void {
    this.connected.add(client);
    this.counts[client.line.kind] += 1;
    if (!client.caller) this.unknown.set(client, setTimeout(() => client.end(tooLate()), UNKNOWN_MS).unref());
    this.timer ??= setInterval(() => this.check(), CHECK_MS).unref();
  }

  /** It has said who it is. */
  recognised(client: Client): void {
    clearTimeout(this.unknown.get(client));
  }

  remove(client: Client): void {
    if (!this.connected.delete(client)) return;
    this.counts[client.line.kind] -= 1;
    clearTimeout(this.unknown.get(client));
    client.left();
    if (this.connected.size === 0) this.stop();
  }

  endAll(error: OperationError): void {
    for (const client of this.connected) client.end(error);
  }

  onApplicationShutdown(): void {
    this.stop();
    for (const client of this.connected) client.line.cut();
  }

  private stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private check(): void {
    for (const client of this.connected) void this.access.renew(client);
  }
}

function tooLate(): OperationError {
  return new OperationError(
    'unauthenticated',
    `No credential came within ${UNKNOWN_MS / 1_000} s. Connect again, and send auth with {apiKey} or {token}`,
  );
}
