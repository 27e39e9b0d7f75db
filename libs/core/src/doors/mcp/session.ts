import { randomUUID } from 'node:crypto';
import { OperationError, type Caller } from '#libs/kit';
import { BriefMap, type CancelSignal } from '#libs/outbound';
import type { CancellableCall } from './cancellable-call.js';
import { requireCapability } from './client-capability.js';
import { EventStream } from './event-stream.js';
import type { McpResponse, MessageId, Params } from './messages.js';
import type { StreamSource } from './post-answer.js';
import type { SessionState, SessionStore } from './session-store.js';
import { StreamLog } from './stream-log.js';

/** The same wherever a session goes on, for a client that comes back to it. */
const STANDING = 'standing';

/** From this revision on clients understand the empty event that opens a stream to be resumed. */
const PRIMED_SINCE = '2025-11-25';

interface Asked {
  readonly resolve: (result: Params) => void;
  readonly reject: (error: Error) => void;
}

/** What is open of one client's session in this process. It belongs to the caller that opened it. */
export class Session implements StreamSource {
  readonly log: StreamLog;
  /** What concerns no call of the client: list changes, updated resources. */
  readonly standing: EventStream;
  /** What `notifications/cancelled` ends. */
  readonly calls = new BriefMap<MessageId, CancellableCall>();
  /** By `performance.now()`. */
  lastUsedAt = performance.now();
  private subscribed: ReadonlySet<string>;
  private readonly streams: Map<string, EventStream>;
  private readonly asked = new Map<MessageId, Asked>();

  constructor(
    private state: SessionState,
    store: SessionStore,
    /** As it was at its last request here. */
    public caller: Caller,
  ) {
    this.subscribed = new Set(state.subscribed);
    this.log = new StreamLog(store, state.id);
    this.standing = new EventStream(this.log, STANDING);
    this.streams = new Map([[STANDING, this.standing]]);
  }

  get id() {
    return this.state.id;
  }

  get callerId() {
    return this.state.callerId;
  }

  get revision() {
    return this.state.revision;
  }

  get primesStreams(): boolean {
    return this.revision >= PRIMED_SINCE;
  }

  get clientCapabilities() {
    return this.state.clientCapabilities;
  }

  get scope() {
    return this.state.scope;
  }

  get logLevel() {
    return this.state.logLevel;
  }

  get subscriptions(): number {
    return this.subscribed.size;
  }

  /** How many letters its subscriptions have. */
  get subscribedLength(): number {
    let length = 0;
    for (const uri of this.subscribed) length += uri.length;
    return length;
  }

  /** Whether something runs or waits here, which a session without requests must outlive. */
  get isBusy(): boolean {
    return this.calls.size > 0 || this.standing.isConnected;
  }

  get subscribedTo(): readonly string[] {
    return [...this.subscribed];
  }

  isSubscribedTo(uri: string): boolean {
    return this.subscribed.has(uri);
  }

  /** Takes what the session is now: its client may have changed it elsewhere. Counts as a use. */
  see(state: SessionState): void {
    this.lastUsedAt = performance.now();
    if (state.subscribed !== this.state.subscribed) this.subscribed = new Set(state.subscribed);
    this.state = state;
  }

  /** A stream for the answers to one POST; the session keeps the last ones for clients that come back. */
  newStream(): EventStream {
    const stream = new EventStream(this.log);
    this.streams.set(stream.id, stream);
    for (const [id, old] of this.streams) {
      if (this.streams.size <= KEPT_STREAMS) break;
      if (old.hasEnded) this.streams.delete(id);
    }
    return stream;
  }

  stream(id: string): EventStream | undefined {
    return this.streams.get(id);
  }

  dropStream(stream: EventStream): void {
    this.streams.delete(stream.id);
  }

  /** Sends a message on the standing stream; false where none is open. */
  tell(json: string): boolean {
    if (!this.standing.isConnected) return false;
    this.standing.send(json);
    return true;
  }

  /** Tells what has changed; a client that lost its standing stream finds it there when it comes back. */
  announce(json: string): void {
    if (this.standing.isAwaited) this.standing.send(json);
  }

  /** Asks the client; `send` puts the request on a stream. Rejects when the session ends or `signal` aborts. */
  ask(method: string, params: Params, send: (json: string) => boolean, signal: CancelSignal): Promise<Params> {
    // what is asked elsewhere in the same session has another
    const id = randomUUID();
    return new Promise<Params>((resolve, reject) => {
      requireCapability(method, params, this.clientCapabilities);
      signal.throwIfAborted();
      const aborted = () => this.take(id)?.reject(signal.reason);
      const settled = () => {
        signal.removeEventListener('abort', aborted);
      };
      this.asked.set(id, {
        resolve: (result) => {
          settled();
          resolve(result);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      });
      signal.addEventListener('abort', aborted, { once: true });
      if (!send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))) this.take(id)?.reject(unreachable());
    });
  }

  /** The client's answer to a request of ours; false where nobody here waits for it. */
  answered({ id, result, error }: McpResponse): boolean {
    const asked = this.take(id);
    if (error) asked?.reject(new OperationError('failed', `The client refused what it was asked: ${error.message}`));
    else asked?.resolve(result as Params);
    return asked !== undefined;
  }

  /** Ends everything that is open in it. */
  close(): void {
    for (const call of this.calls.values()) call.cancel();
    for (const id of [...this.asked.keys()])
      this.take(id)?.reject(new OperationError('failed', 'The session has ended'));
    for (const stream of this.streams.values()) stream.end();
  }

  private take(id: MessageId): Asked | undefined {
    const asked = this.asked.get(id);
    this.asked.delete(id);
    return asked;
  }
}

function unreachable(): OperationError {
  return new OperationError(
    'failed',
    'The client cannot be asked: it takes no text/event-stream for this call and has no GET stream open',
  );
}

const KEPT_STREAMS = 50;
