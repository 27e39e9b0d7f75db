import { setMaxListeners } from 'node:events';
import type { Readable } from 'node:stream';
import { OperationError } from '#libs/kit';
import type { HttpClient } from '#libs/outbound';
import type { ConnectionEnd, Params, RequestOptions, UpstreamConnection } from './connection.js';
import { readEvents } from './event-reader.js';
import { initialize, type Handshake } from './handshake.js';
import { HttpAddress, RefusedByStatus, type HttpAddressOptions } from './http-address.js';
import { isEventStream } from './http-exchange.js';
import { messagesOf } from './message-text.js';
import { Peer, toolOf, type Message } from './peer.js';
import type { Turns } from './turns.js';

interface SseConnectionOptions extends HttpAddressOptions {
  /** What the client behind the connection can be asked for; `{}` for one that many share. */
  readonly clientCapabilities: Params;
  /** Aborts the opening. */
  readonly signal: AbortSignal;
  /** Where the server may ask: its questions don't say which call they belong to. */
  readonly turns?: Turns | undefined;
}

/**
 * An MCP server of 2024-11-05: one stream of events brings everything, and messages are posted to an address that the
 * stream names first.
 */
export class SseConnection implements UpstreamConnection {
  readonly ended: Promise<ConnectionEnd>;
  private end!: (end: ConnectionEnd) => void;
  private readonly peer: Peer;
  private readonly address: HttpAddress;
  private readonly closing = new AbortController();
  private stream: Readable | undefined;
  private endpoint: HttpAddress | undefined;
  private agreed!: Handshake;

  private constructor(
    client: HttpClient,
    private readonly options: SseConnectionOptions,
  ) {
    this.peer = new Peer((message) => this.send(message), options.turns);
    this.address = new HttpAddress(client, options);
    // as many as there are messages on their way
    setMaxListeners(0, this.closing.signal);
    this.ended = new Promise((resolve) => (this.end = resolve));
  }

  /** Reaches the server and agrees with it on a revision. Rejects with an OperationError that says what failed. */
  static async open(client: HttpClient, options: SseConnectionOptions): Promise<SseConnection> {
    const connection = new SseConnection(client, options);
    const { signal } = options;
    const stop = () => connection.finish({ stage: 'handshake', message: 'it was given up' }, signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
    try {
      signal.throwIfAborted();
      await connection.connect();
      connection.agreed = await initialize(
        (method, params, more) => connection.peer.request(method, params, more),
        options.clientCapabilities,
        signal,
      );
      await connection.post({ jsonrpc: '2.0', method: 'notifications/initialized' });
      return connection;
    } catch (error) {
      await connection.close();
      throw signal.aborted ? signal.reason : error;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  get revision() {
    return this.agreed.revision;
  }

  get capabilities() {
    return this.agreed.capabilities;
  }

  get serverInfo() {
    return this.agreed.serverInfo;
  }

  get instructions() {
    return this.agreed.instructions;
  }

  request(method: string, params: Params, options: RequestOptions): Promise<Params> {
    const ask = () => this.agreed.request(method, params, options);
    return this.options.turns ? this.options.turns.run(toolOf(method, params), options.signal, ask) : ask();
  }

  notify(method: string, params: Params): void {
    this.peer.notify(method, params);
  }

  onNotification(listener: (method: string, params: Params) => void): void {
    this.peer.onNotification(listener);
  }

  close(): Promise<void> {
    this.finish({ stage: 'closed', message: 'it was closed' });
    return Promise.resolve();
  }

  /** Opens the stream; resolves when the server has said where messages go. */
  private async connect(): Promise<void> {
    const { name } = this.options;
    const headers = { accept: 'text/event-stream' };
    const answer = await this.address.open({ method: 'GET', headers, signal: this.closing.signal });
    if (!isEventStream(answer.status, answer.headers)) {
      answer.drop();
      throw new RefusedByStatus(name, answer.status);
    }
    const events = await answer.stream();
    this.stream = events;
    await new Promise<void>((resolve, reject) => {
      const position = { lastEventId: undefined, retryMs: undefined };
      readEvents(events, position, ({ type, data }) => {
        if (type === 'endpoint') {
          // the first one counts: later ones could only redirect what is under way
          this.endpoint ??= this.address.at(data);
          resolve();
        } else {
          this.receive(data);
        }
      })
        .then(
          () => this.lost(gone(name)),
          (error: unknown) => this.lost(this.address.namedError(error, this.closing.signal)),
        )
        .finally(() => reject(this.closing.signal.reason as Error));
    });
  }

  private lost(error: Error): void {
    this.finish({ stage: 'transport', message: error.message }, error);
  }

  private receive(data: string): void {
    for (const message of messagesOf(data) ?? []) this.peer.receive(message);
  }

  private send(message: Message): void {
    this.post(message).catch((error: unknown) => {
      if (message.method !== undefined && typeof message.id === 'number') {
        this.peer.failRequest(message.id, error as Error);
      }
    });
  }

  private async post(message: object): Promise<void> {
    const { name } = this.options;
    if (!this.endpoint) throw gone(name);
    const status = await this.endpoint.deliver({
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(message),
      signal: this.closing.signal,
    });
    if (status >= 300) throw new RefusedByStatus(name, status);
  }

  private finish(end: ConnectionEnd, error: Error = gone(this.options.name)): void {
    if (this.closing.signal.aborted) return;
    this.closing.abort(error);
    this.stream?.destroy();
    this.peer.fail(error);
    this.end(end);
  }
}

function gone(name: string): OperationError {
  return new OperationError('unavailable', `The connection to the upstream ${name} has ended; retry soon`, {
    retryable: true,
    retryAfterMs: 1_000,
  });
}
