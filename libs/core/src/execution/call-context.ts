import { Logger } from '@nestjs/common';
import { OperationError, type Caller, type DoorName, type OperationContext, type OperationLog } from '#libs/kit';

/** What a door hands over with a call. */
export interface CallOrigin {
  readonly caller: Caller;
  readonly door: DoorName;
  readonly requestId: string;
  /** Of the peer, or of the client behind a known proxy. */
  readonly address: string;
  readonly traceparent?: string | undefined;
  /** Whether the client has left before its answer. */
  readonly isAbandoned?: () => boolean;
  /** Tells when it does; the answer stops that. */
  readonly onAbandoned?: (listener: () => void) => () => void;
  /** Where the client follows the call: how far it is, and the lines that it writes. */
  readonly onProgress?: (progress: number, total?: number, message?: string) => void;
  readonly onLog?: (level: 'debug' | 'info' | 'warning' | 'error', message: string) => void;
  /** What the client declared that it can be asked for, where its door can ask (MCP's `capabilities` of a client). */
  readonly clientCapabilities?: Readonly<Record<string, unknown>>;
  /** Asks the client (`elicitation/create`, `sampling/createMessage`, `roots/list`). Rejects when `signal` aborts. */
  readonly ask?: AskClient;
}

export type AskClient = (
  method: string,
  params: Record<string, unknown>,
  signal: AbortSignal,
) => Promise<Record<string, unknown>>;

/**
 * One call while it runs. The deadline's timer, the abort signal and the log exist only once something asks for them:
 * most calls are answered before anything could.
 */
export class CallContext implements OperationContext {
  readonly caller: Caller;
  readonly door: DoorName;
  readonly requestId: string;
  declare readonly traceparent?: string;
  private readonly endsAt: number;
  private controller: AbortController | undefined;
  private lines: OperationLog | undefined;
  private stop: ((reason: OperationError) => void) | undefined;
  private ended = false;

  constructor(
    private readonly origin: CallOrigin,
    private readonly operationId: string,
    private readonly timeoutMs: number,
  ) {
    this.caller = origin.caller;
    this.door = origin.door;
    this.requestId = origin.requestId;
    if (origin.traceparent !== undefined) this.traceparent = origin.traceparent;
    this.endsAt = performance.now() + timeoutMs;
  }

  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    return this.controller.signal;
  }

  get remainingMs(): number {
    return Math.max(0, this.endsAt - performance.now());
  }

  get log(): OperationLog {
    this.lines ??= operationLog(this.operationId, this.requestId, this.origin.onLog);
    return this.lines;
  }

  /** How an upstream's tool asks the client behind it; services have no such need. */
  get ask(): AskClient | undefined {
    return this.origin.ask;
  }

  get clientCapabilities(): CallOrigin['clientCapabilities'] {
    return this.origin.clientCapabilities;
  }

  progress(progress: number, total?: number, message?: string): void {
    if (!this.ended) this.origin.onProgress?.(progress, total, message);
  }

  /** Ends the call early: it rejects with `reason`, and whatever listens to its signal stops. */
  abort(reason: OperationError): void {
    this.stop?.(reason);
    this.controller ??= new AbortController();
    this.controller.abort(reason);
  }

  /** Waits for the operation's promise, the deadline, the client's leaving or `abort`, whichever comes first. */
  settle<T>(running: Promise<T>, origin: CallOrigin): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.stop = reject;
      const timer = setTimeout(() => {
        this.abort(this.deadlinePassed());
      }, this.remainingMs);
      const stopListening = origin.onAbandoned?.(() => {
        this.abort(clientLeft());
      });
      running.then(resolve, reject).finally(() => {
        this.ended = true;
        clearTimeout(timer);
        stopListening?.();
      });
    });
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

function operationLog(operationId: string, requestId: string, told: CallOrigin['onLog']): OperationLog {
  const line = (message: string) => ({ message: `${operationId}: ${message}`, requestId });
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
