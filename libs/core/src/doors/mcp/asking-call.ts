import type { HttpResponse } from '#libs/kit';
import type { CancelSignal } from '#libs/outbound';
import { asOperationError } from '../../errors/error-table.js';
import { CancellableCall } from './cancellable-call.js';
import { requireCapability } from './client-capability.js';
import type { McpClient } from './exchange.js';
import type { Params } from './messages.js';
import { Questions, type OpenQuestions } from './questions.js';
import { QuietWindow } from './quiet-window.js';

/** How a round of a call ends: with its result, or with what the client is asked before it goes on. */
export type Turn = { json: string } | { questions: OpenQuestions };

/** A round that has not ended yet. */
interface Waiting {
  readonly resolve: (turn: Turn) => void;
  readonly reject: (error: Error) => void;
  readonly send: (json: string) => void;
  /** What a call asks at once goes in one round. */
  asking?: QuietWindow;
}

/** A call of 2026-07-28 whose client can be asked: it goes on over several requests, one for each round. */
export class AskingCall extends CancellableCall implements McpClient {
  /** Made for the first: most calls ask nothing. */
  private questions: Questions | undefined;
  private waiting: Waiting | undefined;
  private outcome: { json: string } | { error: unknown } | undefined;
  /** That something was asked for that the client can't be asked for. */
  private refusal: Error | undefined;

  /** `given` is what the client answers before it is asked. */
  constructor(
    readonly callerId: string,
    readonly capabilities: Params,
    private readonly given: Params,
    readonly approvalWaitMs?: number,
  ) {
    super();
  }

  start(outcome: string | Promise<string>): void {
    Promise.resolve(outcome).then(
      (json) => this.end({ json }),
      (error: unknown) => this.end({ error }),
    );
  }

  /**
   * Waits for the result or for questions; until then `send` takes what is told before, and the call ends where its client
   * leaves the `response`. Rejects where the client can't be asked for what is needed, whatever else would come of the call.
   */
  turn(send: (json: string) => void, response?: HttpResponse): Promise<Turn> {
    return new Promise<Turn>((resolve, reject) => {
      this.waiting = { resolve, reject, send };
      if (response) this.follow(response);
      if (this.refusal || this.questions?.isEmpty === false) this.wake();
      if (this.outcome) this.end(this.outcome);
    });
  }

  /** Drops what is told while no request of the client is open. */
  notify(method: string, params: Params): void {
    this.waiting?.send(JSON.stringify({ jsonrpc: '2.0', method, params }));
  }

  async ask(method: string, params: Params, signal: CancelSignal, name?: string): Promise<Params> {
    try {
      requireCapability(method, params, this.capabilities);
    } catch (error) {
      this.refusal = error as Error;
      this.wake();
      throw error;
    }
    signal.throwIfAborted();
    this.questions ??= new Questions(this.given, () => this.wake());
    return this.questions.ask(method, params, signal, name);
  }

  /** Gives the client's answers to what asked; others are dropped, and what is left unanswered is asked again. */
  answer(responses: Params): void {
    this.questions?.answer(responses);
  }

  private end(outcome: NonNullable<AskingCall['outcome']>): void {
    this.outcome = outcome;
    const waiting = this.take();
    if ('json' in outcome) waiting?.resolve(outcome);
    else waiting?.reject(asOperationError(outcome.error));
  }

  /** Something is to be asked, or can't be. */
  private wake(): void {
    const { waiting, refusal } = this;
    if (!waiting) return;
    if (refusal) this.take()?.reject(refusal);
    else (waiting.asking ??= new QuietWindow(() => this.askAll(waiting))).note();
  }

  private askAll(waiting: Waiting): void {
    const { questions } = this;
    // the next round may have begun
    if (waiting === this.waiting && questions?.isEmpty === false) this.take()?.resolve({ questions: questions.all() });
  }

  private take(): Waiting | undefined {
    const { waiting } = this;
    this.waiting = undefined;
    this.unfollow();
    return waiting;
  }
}
