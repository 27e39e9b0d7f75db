import type { Params } from './messages.js';
import { CancellableCall } from './cancellable-call.js';
import { requireCapability } from './client-capability.js';

interface Question {
  readonly method: string;
  readonly params: Params;
  readonly resolve: (answer: Params) => void;
}

/** How a round of a call ends: with its result, or with what the client is asked before it goes on. */
export type Turn = { json: string } | { questions: Record<string, { method: string; params: Params }> };

/** A call of 2026-07-28 whose client can be asked: it goes on over several requests, one for each round. */
export class AskingCall extends CancellableCall {
  private readonly questions = new Map<string, Question>();
  private outcome: Promise<string> | undefined;
  private asked = 0;
  private wake: (() => void) | undefined;
  private send: ((json: string) => void) | undefined;

  constructor(
    readonly callerId: string,
    private readonly clientCapabilities: Params,
  ) {
    super();
  }

  start(outcome: Promise<string>): void {
    this.outcome = outcome;
    // while the client thinks, nobody waits for it
    outcome.catch(() => undefined);
  }

  /** Waits for the result or for questions; until then `send` takes what is told before. */
  async turn(send: (json: string) => void): Promise<Turn> {
    this.send = send;
    try {
      const asked = new Promise<Turn>((resolve) => {
        // what a call asks at once goes in one round
        this.wake = () =>
          setImmediate(() => {
            if (this.questions.size > 0) resolve({ questions: this.open() });
          });
      });
      if (this.questions.size > 0) this.wake?.();
      return await Promise.race([this.outcome?.then((json) => ({ json })) ?? asked, asked]);
    } finally {
      this.send = undefined;
      this.wake = undefined;
    }
  }

  /** Drops what is told while no request of the client is open. */
  tell(json: string): void {
    this.send?.(json);
  }

  readonly ask = (method: string, params: Params, signal: AbortSignal): Promise<Params> =>
    new Promise<Params>((resolve, reject) => {
      requireCapability(method, params, this.clientCapabilities);
      signal.throwIfAborted();
      this.asked += 1;
      const key = `input-${this.asked}`;
      const aborted = () => {
        this.questions.delete(key);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', aborted, { once: true });
      this.questions.set(key, {
        method,
        params,
        resolve: (answer) => {
          signal.removeEventListener('abort', aborted);
          resolve(answer);
        },
      });
      this.wake?.();
    });

  /** Gives the client's answers to what asked; others are dropped, and what is left unanswered is asked again. */
  answer(responses: Record<string, Params>): void {
    for (const [key, answer] of Object.entries(responses)) {
      this.questions.get(key)?.resolve(answer);
      this.questions.delete(key);
    }
  }

  private open(): Record<string, { method: string; params: Params }> {
    return Object.fromEntries([...this.questions].map(([key, { method, params }]) => [key, { method, params }]));
  }
}
