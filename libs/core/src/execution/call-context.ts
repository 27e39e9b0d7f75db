import { Logger } from '@nestjs/common';
import type { Span } from '@opentelemetry/api';
import {
  OperationError,
  traceparentOf,
  type Caller,
  type DoorName,
  type OperationContext,
  type OperationLog,
  type HttpRequest,
} from '#libs/kit';
import { Cancellation, type CancelSignal } from '#libs/outbound';
import type { Credential } from '../access/request-facts.js';
import { traceIdOf } from '../observability/traces/trace-id.js';
import type { AskClient, CallClient } from './call-client.js';
import { deadlines, type Timed } from './deadlines.js';

/** What a door hands over with a call. */
export interface CallOrigin {
  readonly caller: Caller;
  readonly door: DoorName;
  readonly requestId: string;
  /** Of the peer, or of the client behind a known proxy. */
  readonly address: string;
  readonly traceparent?: string | undefined;
  /** By which its caller was recognised, with what its client has presented besides; so that this can be asked again. */
  readonly request?: HttpRequest;
  readonly presented?: readonly Credential[];
  /** Where it outlives its request: what it has instead of a client that waits. */
  readonly background?: BackgroundTurn;
  /** Where somebody waits for the answer. */
  readonly client?: CallClient | undefined;
  /** Tokens that the client wants the answer to hold at most, as it said it. */
  readonly resultTokens?: unknown;
  /** Answers go out as they are, however large: what an upstream's own address promises. */
  readonly ungoverned?: boolean;
}

/** One run of a call that outlives its request, at the gateway that has taken it. */
export interface BackgroundTurn {
  /** What it may take, where its operation needs less. */
  readonly timeoutMs: number;
  /** Where an earlier run got to, whose gateway is gone. */
  readonly resumedFrom: unknown;
  /** To be called right before the operation runs; rejects where that is no more for this gateway to do. */
  begin(): Promise<void>;
  /** The same, and uses an approval by it; false where that can't be used any more. Comes in the place of `begin`. */
  beginApproved(approval: string, forMs: number): Promise<boolean>;
  /** Takes that back: the operation has not run, and is not going to. */
  unbegin(): Promise<void>;
  progressed(progress: number, total?: number, message?: string): void;
  checkpoint(place: unknown): Promise<void>;
  /** Tells why it is to end early; the answer stops that. */
  onStop(listener: (reason: OperationError) => void): () => void;
}

/** How long a person may take to answer what a call asks. */
const LONGEST_PAUSE_MS = 10 * 60_000;

/**
 * One call while it runs. The abort signal and the log exist only once something asks for them: most calls are answered
 * before anything could.
 */
export class CallContext implements OperationContext, Timed {
  readonly door: DoorName;
  readonly requestId: string;
  declare readonly traceparent?: string;
  /** Where traces are collected. */
  declare readonly span?: Span;
  /** Among the calls in flight, while it is one. */
  place: number | undefined = undefined;
  /** Among those that limits have given a place, while it has one. */
  seat: number | undefined = undefined;
  /** Among the deadlines, while it is waited for. */
  slot: number | undefined = undefined;
  dueAt = Infinity;
  /** Told right before its operation begins; what it throws forbids that. */
  onBegin: (() => void) | undefined = undefined;
  private begun = false;
  private known: Caller;
  private endsAt: number;
  private pauses = 0;
  private pausedAt = 0;
  private controller: AbortController | undefined;
  private cancelled: Cancellation | undefined;
  private lines: OperationLog | undefined;
  private stop: ((reason: OperationError) => void) | undefined;
  private ended = false;

  constructor(
    private readonly origin: CallOrigin,
    private readonly operationId: string,
    private readonly timeoutMs: number,
    /** Told of progress too, whoever calls. */
    private readonly onProgress?: CallClient['progress'],
    span?: Span,
  ) {
    this.known = origin.caller;
    this.door = origin.door;
    this.requestId = origin.requestId;
    const traceparent = span ? traceparentOf(span) : origin.traceparent;
    if (traceparent !== undefined) this.traceparent = traceparent;
    if (span) this.span = span;
    this.endsAt = performance.now() + timeoutMs;
  }

  get caller(): Caller {
    return this.known;
  }

  /** Whether its operation has begun: from then on it may have had its effect. */
  get hasBegun(): boolean {
    return this.begun;
  }

  begin(): void {
    this.onBegin?.();
    this.begun = true;
  }

  /** Takes that back: it is certain that nothing was done. */
  unbegin(): void {
    this.begun = false;
  }

  /** After a wait its caller may hold less, or more, than it did. */
  runAs(caller: Caller): void {
    this.known = caller;
  }

  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    return this.controller.signal;
  }

  /** What `signal` tells, for what is behind calls of which there are many. */
  get cancellation(): CancelSignal {
    this.cancelled ??= new Cancellation();
    return this.cancelled;
  }

  get remainingMs(): number {
    return Math.max(0, this.endsAt - performance.now());
  }

  get log(): OperationLog {
    this.lines ??= operationLog(this.operationId, this, this.origin.client);
    return this.lines;
  }

  /** How an upstream's tool asks the client behind it; services have no such need. The deadline waits for the answer. */
  get ask(): AskClient | undefined {
    const { client } = this.origin;
    const ask = client?.ask?.bind(client);
    return ask && ((...question) => this.unhurried(() => ask(...question)));
  }

  get request(): HttpRequest | undefined {
    return this.origin.request;
  }

  get presented(): CallOrigin['presented'] {
    return this.origin.presented;
  }

  get client(): CallClient | undefined {
    return this.origin.client;
  }

  get resultTokens(): unknown {
    return this.origin.resultTokens;
  }

  get isUngoverned(): boolean {
    return this.origin.ungoverned === true;
  }

  get checkpoint(): OperationContext['checkpoint'] {
    const { background } = this.origin;
    return background && ((place) => background.checkpoint(place));
  }

  get resumedFrom(): unknown {
    return this.origin.background?.resumedFrom;
  }

  progress(progress: number, total?: number, message?: string): void {
    if (this.ended) return;
    this.origin.client?.progress?.(progress, total, message);
    this.origin.background?.progressed(progress, total, message);
    this.onProgress?.(progress, total, message);
  }

  /** Ends the call early: it rejects with `reason`, and whatever listens to its signal stops. */
  abort(reason: OperationError): void {
    this.stop?.(reason);
    this.controller ??= new AbortController();
    this.controller.abort(reason);
    this.cancelled ??= new Cancellation();
    this.cancelled.abort(reason);
  }

  /** Waits for the operation's promise, the deadline, the client's leaving or `abort`, whichever comes first. */
  settle<T>(running: Promise<T>, origin: CallOrigin): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.stop = reject;
      this.ended = false;
      this.waitUntil(this.endsAt);
      const stopListening = origin.client?.onCancel(() => {
        this.abort(clientLeft());
      });
      const stopFollowing = origin.background?.onStop((reason) => {
        this.abort(reason);
      });
      const ending = <A>(tell: (outcome: A) => void) => {
        return (outcome: A) => {
          this.ended = true;
          deadlines.remove(this);
          stopListening?.();
          stopFollowing?.();
          tell(outcome);
        };
      };
      running.then(ending(resolve), ending(reject));
    });
  }

  /** The same for what takes as long as a person takes: the deadline stands still meanwhile. */
  settleUnhurried<T>(work: () => Promise<T>, origin: CallOrigin): Promise<T> {
    // begun within, so that its pause comes after the timer
    return this.settle(
      Promise.resolve().then(() => this.unhurried(work)),
      origin,
    );
  }

  due(): void {
    const message = `${this.operationId} took longer than its deadline of ${this.timeoutMs} ms`;
    this.abort(new OperationError('deadline', message, { retryable: true }));
  }

  private waitUntil(dueAt: number): void {
    this.dueAt = dueAt;
    deadlines.add(this);
  }

  /** Runs what takes as long as a person takes: the deadline stands still meanwhile. */
  private async unhurried<T>(work: () => Promise<T>): Promise<T> {
    if (this.pauses === 0) this.pausedAt = performance.now();
    this.pauses += 1;
    if (!this.ended) this.waitUntil(performance.now() + LONGEST_PAUSE_MS);
    try {
      return await work();
    } finally {
      this.pauses -= 1;
      if (this.pauses === 0) this.endsAt += performance.now() - this.pausedAt;
      if (this.pauses === 0 && !this.ended) this.waitUntil(this.endsAt);
    }
  }
}

/** Nobody reads this one; it is for the log. */
export function clientLeft(): OperationError {
  return new OperationError('failed', 'The client left before the answer');
}

const logger = new Logger('Operation');

function operationLog(
  operationId: string,
  { requestId, traceparent }: CallContext,
  client: CallClient | undefined,
): OperationLog {
  const traceId = traceIdOf(traceparent);
  const about = { requestId, ...(traceId !== undefined && { traceId }) };
  const line = (message: string) => ({ message: `${operationId}: ${message}`, ...about });
  return {
    debug: (message) => {
      logger.debug(line(message));
      client?.log?.('debug', message);
    },
    info: (message) => {
      logger.log(line(message));
      client?.log?.('info', message);
    },
    warn: (message) => {
      logger.warn(line(message));
      client?.log?.('warning', message);
    },
    error: (message, cause) => {
      logger.error(line(message), cause instanceof Error ? cause.stack : undefined);
      client?.log?.('error', message);
    },
  };
}
