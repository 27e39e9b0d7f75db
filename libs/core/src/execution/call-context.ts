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
  /** How long it may be held for a person, where its client comes back by itself. */
  readonly approvalWaitMs?: number;
  /** Whether the client has left before its answer. */
  readonly isAbandoned?: () => boolean;
  /** Tells when it does; the answer stops that. */
  readonly onAbandoned?: (listener: () => void) => () => void;
  /** Where the client follows the call: how far it is, and the lines that it writes. */
  readonly onProgress?: (progress: number, total?: number, message?: string) => void;
  readonly onLog?: (level: 'debug' | 'info' | 'warning' | 'error', message: string) => void;
  /** Takes what an upstream tells in the middle of the call (`notifications/progress`, `notifications/message`). */
  readonly tell?: (method: string, params: Record<string, unknown>) => void;
  /** `_meta` of the client's request, as far as an upstream may see it. */
  readonly meta?: Readonly<Record<string, unknown>>;
  /** Tokens that the client wants the answer to hold at most, as it said it. */
  readonly resultTokens?: unknown;
  /** Names the client's session, where it has one. */
  readonly session?: string;
  /** Answers go out as they are, however large: what an upstream's own address promises. */
  readonly ungoverned?: boolean;
  /** What the client declared that it can be asked for, where its door can ask (MCP's `capabilities` of a client). */
  readonly clientCapabilities?: Readonly<Record<string, unknown>>;
  /** Asks the client (`elicitation/create`, `sampling/createMessage`, `roots/list`). Rejects when `signal` aborts. */
  readonly ask?: AskClient;
}

/** One run of a call that outlives its request, at the gateway that has taken it. */
export interface BackgroundTurn {
  /** What it may take, where its operation needs less. */
  readonly timeoutMs: number;
  /** Where an earlier run got to, whose gateway is gone. */
  readonly resumedFrom: unknown;
  /** To be called right before the operation runs; rejects where that is no more for this gateway to do. */
  begin(): Promise<void>;
  checkpoint(place: unknown): Promise<void>;
  /** Tells why it is to end early; the answer stops that. */
  onStop(listener: (reason: OperationError) => void): () => void;
}

export type AskClient = (
  method: string,
  params: Record<string, unknown>,
  signal: CancelSignal,
  /** What whoever asks calls the question. */
  key?: string,
) => Promise<Record<string, unknown>>;

/** How long a person may take to answer what a call asks. */
const LONGEST_PAUSE_MS = 10 * 60_000;

/**
 * One call while it runs. The deadline's timer, the abort signal and the log exist only once something asks for them:
 * most calls are answered before anything could.
 */
export class CallContext implements OperationContext {
  readonly door: DoorName;
  readonly requestId: string;
  declare readonly traceparent?: string;
  /** Where traces are collected. */
  declare readonly span?: Span;
  /** Among the calls in flight, while it is one. */
  place: number | undefined = undefined;
  /** Among those that limits have given a place, while it has one. */
  seat: number | undefined = undefined;
  private known: Caller;
  private endsAt: number;
  private timer: NodeJS.Timeout | undefined;
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
    private readonly onProgress?: CallOrigin['onProgress'],
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
    this.lines ??= operationLog(this.operationId, this, this.origin.onLog);
    return this.lines;
  }

  /** How an upstream's tool asks the client behind it; services have no such need. The deadline waits for the answer. */
  get ask(): AskClient | undefined {
    const { ask } = this.origin;
    return ask && ((method, params, signal, key) => this.unhurried(() => ask(method, params, signal, key)));
  }

  get request(): HttpRequest | undefined {
    return this.origin.request;
  }

  get presented(): CallOrigin['presented'] {
    return this.origin.presented;
  }

  get tell(): CallOrigin['tell'] {
    return this.origin.tell;
  }

  get meta(): CallOrigin['meta'] {
    return this.origin.meta;
  }

  get resultTokens(): unknown {
    return this.origin.resultTokens;
  }

  get isUngoverned(): boolean {
    return this.origin.ungoverned === true;
  }

  get session(): string | undefined {
    return this.origin.session;
  }

  get clientCapabilities(): CallOrigin['clientCapabilities'] {
    return this.origin.clientCapabilities;
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
    this.origin.onProgress?.(progress, total, message);
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
      this.startTimer();
      const stopListening = origin.onAbandoned?.(() => {
        this.abort(clientLeft());
      });
      const stopFollowing = origin.background?.onStop((reason) => {
        this.abort(reason);
      });
      running.then(resolve, reject).finally(() => {
        this.ended = true;
        clearTimeout(this.timer);
        stopListening?.();
        stopFollowing?.();
      });
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

  private startTimer(ms = this.remainingMs): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.abort(this.deadlinePassed());
    }, ms);
  }

  /** Runs what takes as long as a person takes: the deadline stands still meanwhile. */
  private async unhurried<T>(work: () => Promise<T>): Promise<T> {
    if (this.pauses === 0) this.pausedAt = performance.now();
    this.pauses += 1;
    this.startTimer(LONGEST_PAUSE_MS);
    try {
      return await work();
    } finally {
      this.pauses -= 1;
      if (this.pauses === 0) this.endsAt += performance.now() - this.pausedAt;
      if (this.pauses === 0 && !this.ended) this.startTimer();
    }
  }

  private deadlinePassed(): OperationError {
    return new OperationError('deadline', `${this.operationId} took longer than its deadline of ${this.timeoutMs} ms`, {
      retryable: true,
    });
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
  told: CallOrigin['onLog'],
): OperationLog {
  const traceId = traceIdOf(traceparent);
  const about = { requestId, ...(traceId !== undefined && { traceId }) };
  const line = (message: string) => ({ message: `${operationId}: ${message}`, ...about });
  return {
    debug: (message) => {
      logger.debug(line(message));
      told?.('debug', message);
    },
    info: (message) => {
      logger.log(line(message));
      told?.('info', message);
    },
    warn: (message) => {
      logger.warn(line(message));
      told?.('warning', message);
    },
    error: (message, cause) => {
      logger.error(line(message), cause instanceof Error ? cause.stack : undefined);
      told?.('error', message);
    },
  };
}
