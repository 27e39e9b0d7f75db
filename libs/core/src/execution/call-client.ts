import type { CancelSignal } from '#libs/outbound';

/**
 * Whoever waits for a call, as its door knows it: whether it needs the answer still, and what it hears and is asked
 * meanwhile. Each call has one, so what few calls need is made when it is asked for.
 */
export interface CallClient {
  /** Whether it needs the answer no longer: it has left, or said so. */
  readonly isCancelled: boolean;
  /** Tells when it does not; the answer stops that. */
  onCancel(listener: () => void): () => void;
  /** How long the call may be held for a person, in milliseconds, where its client comes back by itself. */
  readonly approvalWaitMs?: number | undefined;
  /** Names its session, where it has one. */
  readonly session?: string | undefined;
  /** What it declared that it can be asked for, where its door can ask (MCP's `capabilities` of a client). */
  readonly capabilities?: Readonly<Record<string, unknown>>;
  /** `_meta` of its request, as far as an upstream may see it; undefined where that is nothing. */
  readonly meta?: Readonly<Record<string, unknown>> | undefined;
  /** Where it follows the call: how far it is, and the lines that it writes. */
  progress?(progress: number, total?: number, message?: string): void;
  log?(level: 'debug' | 'info' | 'warning' | 'error', message: string): void;
  /** Takes what an upstream tells in the middle of the call (`notifications/progress`, `notifications/message`). */
  tell?(method: string, params: Record<string, unknown>): void;
  /**
   * Asks it (`elicitation/create`, `sampling/createMessage`, `roots/list`); `key` is what whoever asks calls the question.
   * Rejects when `signal` aborts.
   */
  ask?(
    method: string,
    params: Record<string, unknown>,
    signal: CancelSignal,
    key?: string,
  ): Promise<Record<string, unknown>>;
}

export type AskClient = NonNullable<CallClient['ask']>;
