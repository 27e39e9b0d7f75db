import { randomBytes } from 'node:crypto';
import type { Caller } from '#libs/kit';
import { EventLog } from './event-log.js';
import { EventStream } from './event-stream.js';
import type { LogLevel } from './log-level.js';
import type { McpResponse, MessageId, Params } from './messages.js';
import type { SessionRevision } from './revisions.js';

/** A call that runs in a session: what `notifications/cancelled` ends. */
export interface RunningCall {
  cancel(): void;
}

interface Asked {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** One client's session, from `initialize` to its end. It belongs to the caller that opened it. */
export class Session {
  readonly id = randomBytes(24).toString('base64url');
  readonly log = new EventLog();
  /** What concerns no call of the client: list changes, updated resources. */
  readonly standing = new EventStream(this.log);
  readonly calls = new Map<MessageId, RunningCall>();
  readonly subscribed = new Set<string>();
  logLevel: LogLevel | undefined;
  /** By `performance.now()`. */
  lastUsedAt = performance.now();
  private readonly streams = new Map<string, EventStream>([[this.standing.id, this.standing]]);
  private readonly asked = new Map<MessageId, Asked>();
  private asks = 0;

  constructor(
    readonly caller: Caller,
    readonly revision: SessionRevision,
    readonly clientCapabilities: Params,
  ) {}

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

  /** Takes a stream out again that was never opened: there is nothing to come back to. */
  dropStream(stream: EventStream): void {
    this.streams.delete(stream.id);
  }

  /** Asks the client; `send` puts the request on a stream. Rejects when the session ends or `signal` aborts. */
  ask(method: string, params: Params, send: (json: string) => boolean, signal: AbortSignal): Promise<unknown> {
    this.asks += 1;
    const id = `gateway-${this.asks}`;
    return new Promise((resolve, reject) => {
      const give = (error: Error) => {
        if (this.asked.delete(id)) reject(error);
      };
      this.asked.set(id, { resolve, reject });
      signal.addEventListener('abort', () => give(signal.reason as Error), { once: true });
      if (!send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))) {
        give(new Error('The client takes no event stream and so cannot be asked'));
      }
    });
  }

  /** The client's answer to a request of ours; one that nobody waits for is dropped. */
  answered({ id, result, error }: McpResponse): void {
    const asked = this.asked.get(id);
    this.asked.delete(id);
    if (error) asked?.reject(Object.assign(new Error(error.message), { code: error.code, data: error.data }));
    else asked?.resolve(result);
  }

  /** Ends everything that is open in it. */
  close(): void {
    for (const call of this.calls.values()) call.cancel();
    for (const { reject } of this.asked.values()) reject(new Error('The session has ended'));
    this.asked.clear();
    for (const stream of this.streams.values()) stream.end();
  }
}

const KEPT_STREAMS = 50;
