import { Injectable } from '@nestjs/common';
import type { Caller } from '#libs/kit';

/** What each caller has spent and may still spend, over all doors. */
@Injectable()
export class CallerLimits {
  /** Takes one call from the caller's budgets, or throws `limited`; a promise while the caller's concurrency is used up. */
  // eslint-disable-next-line @typescript-eslint/no-unused-vars
  admit(caller: Caller, remainingMs: number): void | Promise<void> {
    return undefined;
  }

  /** The counterpart of `admit`, when the call has ended. */
  // eslint-disable-next-line @typescript-eslint/no-unused-vars
  leave(caller: Caller): void {}

  /** Counts the tokens of an answer. */
  // eslint-disable-next-line @typescript-eslint/no-unused-vars
  spend(caller: Caller, tokens: number): void {}

  /** `RateLimit` and `RateLimit-Policy` of an answer to this caller. */
  // eslint-disable-next-line @typescript-eslint/no-unused-vars
  headersFor(caller: Caller): Record<string, string> {
    return {};
  }
}
