import type { CancelSignal } from '#libs/outbound';
import { asOperationError } from '../../errors/error-table.js';
import type { Params } from './messages.js';
import { CancellableCall } from './cancellable-call.js';
import { isAnswerTo } from './client-answer.js';
import { requireCapability } from './client-capability.js';
import { QuietWindow } from './quiet-window.js';

interface Question {
  readonly method: string;
  readonly params: Params;
  readonly resolve: (answer: Params) => void;
}

const FIELD = /^[\w-]{1,64}$/;

/** How a round of a call ends: with its result, or with what the client is asked before it goes on. */
export type Turn = { json: string } | { questions: Record<string, { method: string; params: Params }> };

/** A call of 2026-07-28 whose client can be asked: it goes on over several requests, one for each round. */
export class AskingCall extends CancellableCall {
  private readonly questions = new Map<string, Question>();
  private outcome: Promise<string> | undefined;
  private asked = 0;
  private readonly given: Map<string, unknown>;
  /** That something was asked for that the client can't be asked for. */
  private refusal: Error | undefined;
  private wake: (() => void) | undefined;
  private send: ((json: string) => void) | undefined;

  /** `given` is what the client answers before it is asked. */
  constructor(
    readonly callerId: string,
    private readonly clientCapabilities: Params,
    given: Params,
  ) {
    super();
    this.given = new Map(Object.entries(given));
  }

  start(outcome: Promise<string>): void {
    this.outcome = outcome;
    // while the client thinks, nobody waits for it
    outcome.catch(() => undefined);
  }

  /**
   * Waits for the result or for questions; until then `send` takes what is told before. Rejects where the client can't be
   * asked for what is needed, whatever else would come of the call.
   */
  turn(send: (json: string) => void): Promise<Turn> {
    return new Promise<Turn>((resolve, reject) => {
      // what a call asks at once goes in one round
      let round: QuietWindow | undefined;
      const asked = () => {
        if (this.questions.size > 0) end(() => resolve({ questions: this.open() }));
      };
      const wake = () => {
        const { refusal } = this;
        if (refusal) end(() => reject(refusal));
        else (round ??= new QuietWindow(asked)).note();
      };
      const end = (how: () => void) => {
        how();
        // the next round may have begun
        if (this.wake === wake) this.send = this.wake = undefined;
      };
      this.send = send;
      this.wake = wake;
      this.outcome?.then(
        (json) => end(() => resolve({ json })),
        (error: unknown) => end(() => reject(asOperationError(error))),
      );
      if (this.questions.size > 0 || this.refusal) wake();
    });
  }

  /** Drops what is told while no request of the client is open. */
  tell(json: string): void {
    this.send?.(json);
  }

  readonly ask = (method: string, params: Params, signal: CancelSignal, name?: string): Promise<Params> =>
    new Promise<Params>((resolve, reject) => {
      this.require(method, params);
      signal.throwIfAborted();
      this.asked += 1;
      const key = this.keyFor(name ?? onlyFieldOf(params));
      const early = this.given.get(key);
      this.given.delete(key);
      if (isAnswerTo(method, early)) {
        resolve(early);
        return;
      }
      const aborted = () => {
        this.questions.delete(key);
        reject(signal.reason);
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
  answer(responses: Params): void {
    for (const [key, answer] of Object.entries(responses)) {
      const question = this.questions.get(key);
      if (!question || !isAnswerTo(question.method, answer)) continue;
      question.resolve(answer);
      this.questions.delete(key);
    }
  }

  private require(method: string, params: Params): void {
    try {
      requireCapability(method, params, this.clientCapabilities);
    } catch (error) {
      this.refusal = error as Error;
      this.wake?.();
      throw error;
    }
  }

  private keyFor(name: string | undefined): string {
    return name === undefined || this.questions.has(name) ? `input-${this.asked}` : name;
  }

  private open(): Record<string, { method: string; params: Params }> {
    return Object.fromEntries([...this.questions].map(([key, { method, params }]) => [key, { method, params }]));
  }
}

/** What a form with one field asks for is called as the field is, which says more than a number. */
function onlyFieldOf({ requestedSchema }: Params): string | undefined {
  const fields = Object.keys((requestedSchema as { properties?: object } | undefined)?.properties ?? {});
  return fields.length === 1 && FIELD.test(fields[0] ?? '') ? fields[0] : undefined;
}
