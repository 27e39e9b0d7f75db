import { setMaxListeners } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { OperationError } from '#libs/kit';
import { BriefMap, UnavailableError, type CancelSignal, type HttpClient } from '#libs/outbound';
import { connectFailure, isRefusal } from './connect-failure.js';
import type { ConnectionEnd, Params, RequestOptions, UpstreamConnection } from './connection.js';
import { discover, initialize, MODERN_REVISION, type Handshake } from './handshake.js';
import { mirroringHeaders } from './header-values.js';
import { HttpAddress, type HttpAddressOptions } from './http-address.js';
import { isSessionLost, posted, SessionLost, SessionLostMidway } from './http-exchange.js';
import { ListeningStream, type OpenStream } from './listening-stream.js';
import { Subscriptions } from './modern-subscriptions.js';
import { Peer, toolOf, type Message } from './peer.js';
import { PostedRequest, type PostingConnection } from './posted-request.js';
import type { Turns } from './turns.js';
import { sessionStream, subscribedStream } from './unasked-streams.js';

/** Requests under way on one connection; more than its pool could carry would only wait. */
const MAX_UNDER_WAY = 200;
/** A server of sessions may never answer a question it does not know. */
const DISCOVER_MS = 10_000;
const CLOSING_MS = 1_000;
const SESSION_ID = /^[\x21-\x7e]{1,1024}$/;

type Headers = Readonly<Record<string, string>>;

export interface HttpConnectionOptions extends HttpAddressOptions {
  /** What the client behind the connection can be asked for; `{}` for one that many share. */
  readonly clientCapabilities: Params;
  /** Aborts the opening. */
  readonly signal: AbortSignal;
  /** What the server spoke the last time; it is tried first. Without it 2026-07-28 is. */
  readonly era?: 'modern' | 'session';
  /** Where the server may ask: what it asks on the stream that all calls share does not say which of them it belongs to. */
  readonly turns?: Turns | undefined;
}

/** An MCP server behind Streamable HTTP: with a session, or, since 2026-07-28, with requests that stand alone. */
export class HttpConnection implements UpstreamConnection {
  readonly ended: Promise<ConnectionEnd>;
  private end!: (end: ConnectionEnd) => void;
  private readonly peer: Peer;
  private readonly address: HttpAddress;
  private readonly underWay = new BriefMap<number, PostedRequest>();
  private readonly posting: PostingConnection;
  private readonly delivering = new AbortController();
  private readonly subscriptions = new Subscriptions();
  private listening: ListeningStream | undefined;
  private sessionId: string | undefined;
  /** Of 2026-07-28, or of a session; undefined before there is one. */
  private spoken: string | undefined;
  private sent: { spoken: string | undefined; sessionId: string | undefined; headers: Headers } | undefined;
  private agreed!: Handshake;
  private closed = false;

  private constructor(
    client: HttpClient,
    private readonly options: HttpConnectionOptions,
  ) {
    this.address = new HttpAddress(client, options);
    // as many as there are messages on their way
    setMaxListeners(0, this.delivering.signal);
    this.peer = new Peer((message, request) => this.send(message, request), options.turns);
    this.ended = new Promise((resolve) => (this.end = resolve));
    this.posting = {
      name: options.name,
      address: this.address,
      hasSession: () => this.sessionId !== undefined,
      takeHead: (method, headers) => {
        if (method === 'initialize') this.takeSessionId(headers);
      },
      receive: (message, id) => this.peer.receive(message, id),
      isWaiting: (id) => this.peer.isWaiting(id),
      over: (id, error) => this.over(id, error),
    };
  }

  /** Reaches the server and agrees with it on a revision. Rejects with an OperationError that says what failed. */
  static async open(client: HttpClient, options: HttpConnectionOptions): Promise<HttpConnection> {
    const connection = new HttpConnection(client, options);
    try {
      await connection.agree();
      connection.listen();
      // what it asks there before it is open is lost
      if (options.turns) await connection.listening?.opened;
      // behind a balancer what comes after `initialize` may reach a server that knows nothing of it
      if (connection.closed) throw new SessionLost(options.name);
      return connection;
    } catch (error) {
      await connection.close();
      throw connectFailure(error, options.name, options.signal);
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
    if (this.isModern && this.subscriptions.take(method, params)) {
      this.listen();
      return Promise.resolve({});
    }
    const ask = () => this.agreed.request(method, params, options);
    return this.options.turns ? this.options.turns.run(toolOf(method, params), options.signal, ask) : ask();
  }

  notify(method: string, params: Params): void {
    this.peer.notify(method, params);
  }

  onNotification(listener: (method: string, params: Params) => void): void {
    this.peer.onNotification(listener);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    const { sessionId } = this;
    const headers = this.headers();
    this.finish({ stage: 'closed', message: 'it was closed' });
    if (sessionId === undefined) return;
    const signal = AbortSignal.timeout(CLOSING_MS);
    await this.address.deliver({ method: 'DELETE', headers, signal }).catch(() => undefined);
  }

  private get isModern(): boolean {
    return this.spoken === MODERN_REVISION;
  }

  private async agree(): Promise<void> {
    const [first, second] = this.options.era === 'session' ? ['session', 'modern'] : ['modern', 'session'];
    try {
      await this.agreeOn(first);
    } catch (error) {
      if (!isRefusal(error) || this.options.signal.aborted) throw error;
      await this.agreeOn(second);
    }
  }

  private async agreeOn(era: string | undefined): Promise<void> {
    const { clientCapabilities, signal } = this.options;
    const ask = (method: string, params: Params, options: RequestOptions) => this.peer.request(method, params, options);
    if (era === 'modern') {
      this.spoken = MODERN_REVISION;
      const patience = AbortSignal.any([signal, AbortSignal.timeout(DISCOVER_MS)]);
      this.agreed = await discover(ask, clientCapabilities, patience);
      return;
    }
    this.spoken = undefined;
    this.agreed = await initialize(ask, clientCapabilities, signal);
    this.spoken = this.agreed.revision;
    // its first request could otherwise arrive before it
    await this.deliver({ jsonrpc: '2.0', method: 'notifications/initialized' }, signal);
  }

  /** Opens the stream for what the server tells unasked; anew where what is listened to has changed. */
  private listen(): void {
    this.listening?.stop();
    this.listening = undefined;
    if (this.closed) return;
    const open = this.unaskedStream();
    if (!open) return;
    this.listening = new ListeningStream(this.address.origin, open, (message) => {
      const told = this.isModern ? this.subscriptions.told(message) : message;
      if (told) this.peer.receive(told);
    });
  }

  /** Undefined where the server would have nothing to tell. */
  private unaskedStream(): OpenStream | undefined {
    const listener = {
      name: this.options.name,
      address: this.address,
      headers: (method?: string, params?: Params) => this.headers(method, params),
      hasSession: () => this.sessionId !== undefined,
      loseSession: () => this.loseSession(),
    };
    if (!this.isModern) return sessionStream(listener);
    const wanted = this.subscriptions.wanted(this.capabilities);
    return wanted && subscribedStream(listener, wanted);
  }

  private send(message: Message & { jsonrpc: '2.0' }, request: RequestOptions | undefined): void {
    if (message.method !== undefined && typeof message.id === 'number') {
      this.start(message.id, message, request);
      return;
    }
    if (message.method === 'notifications/cancelled') {
      const id = message.params?.requestId as number;
      this.underWay.get(id)?.stop(new Error('The request was cancelled'));
    }
    // a request that stands alone is cancelled by closing it, and there is nothing else to tell
    if (this.isModern || this.spoken === undefined) return;
    this.deliver(message, this.delivering.signal).catch(() => undefined);
  }

  private start(id: number, message: Message, request: RequestOptions | undefined): void {
    if (this.underWay.size >= MAX_UNDER_WAY) throw tooMany(this.options.name);
    const headers = this.isModern
      ? { ...this.headers(message.method, message.params, request?.inputSchema), ...posted }
      : this.sessionHeaders();
    const posting = new PostedRequest(this.posting, id, message.method, headers, JSON.stringify(message));
    this.underWay.set(id, posting);
    posting.send();
  }

  private over(id: number, error: Error | undefined): void {
    this.underWay.delete(id);
    if (error) this.peer.failRequest(id, error);
    if (isSessionLost(error)) this.loseSession();
  }

  private takeSessionId(headers: IncomingHttpHeaders): void {
    const id = headers['mcp-session-id'];
    if (id === undefined) return;
    if (typeof id !== 'string' || !SESSION_ID.test(id)) {
      throw new OperationError(
        'unavailable',
        `The upstream ${this.options.name} gave a session id that no header holds`,
      );
    }
    this.sessionId = id;
  }

  private async deliver(message: object, signal: CancelSignal): Promise<void> {
    const headers = { ...this.headers(), ...posted };
    const status = await this.address.deliver({ method: 'POST', headers, body: JSON.stringify(message), signal });
    if (status === 404 && this.sessionId !== undefined) this.loseSession();
  }

  /** What all requests of a session are sent with: one object for all of them, so that it is looked at once. */
  private sessionHeaders(): Headers {
    const { spoken, sessionId } = this;
    if (!this.sent || this.sent.spoken !== spoken || this.sent.sessionId !== sessionId) {
      this.sent = { spoken, sessionId, headers: Object.freeze({ ...this.headers(), ...posted }) };
    }
    return this.sent.headers;
  }

  private headers(method?: string, params: Params = {}, inputSchema?: Params): Record<string, string> {
    if (this.spoken === undefined) return {};
    const headers: Record<string, string> =
      this.isModern && method !== undefined ? mirroringHeaders(method, params, inputSchema) : {};
    headers['mcp-protocol-version'] = this.spoken;
    if (this.sessionId !== undefined) headers['mcp-session-id'] = this.sessionId;
    return headers;
  }

  private loseSession(): void {
    this.sessionId = undefined;
    this.finish({ stage: 'session', message: 'it knows the session no more' });
  }

  private finish(end: ConnectionEnd): void {
    if (this.closed) return;
    this.closed = true;
    this.sessionId = undefined;
    this.listening?.stop();
    const { name } = this.options;
    // the one that it has refused knows so by now; of the others it may have done what they asked
    if (end.stage === 'session') this.peer.end(new SessionLost(name), new SessionLostMidway(name));
    else this.peer.fail(goneError(name));
    const reason = new Error(`The connection ended`);
    for (const request of this.underWay.values()) request.stop(reason);
    this.delivering.abort(reason);
    this.end(end);
  }
}

function goneError(name: string): OperationError {
  return new OperationError('unavailable', `The connection to the upstream ${name} was closed; retry soon`, {
    retryable: true,
    retryAfterMs: 1_000,
  });
}

function tooMany(name: string): UnavailableError {
  return new UnavailableError('unasked', `Too many requests to the upstream ${name} are under way; retry soon`, {
    retryable: true,
    retryAfterMs: 1_000,
  });
}
