import { OperationError } from '#libs/kit';
import type { CancelSignal } from '#libs/outbound';
import type { Challenge } from './challenge.js';

/** The gateway's own right to use an upstream, where it has to be fetched first. Never a caller's credential. */
export interface Credential {
  /** The value of `Authorization`. Rejects with an OperationError where there is none to be had, or as `signal` says. */
  header(signal: CancelSignal): Promise<string>;
  /** The upstream did not take that value: the next one is another, got by what it has asked for. */
  refused(header: string, challenge: Challenge): void;
}

/** An upstream that each caller uses with an authorization of its own, which this one has not given yet. */
export class AuthorizationNeeded extends OperationError {
  constructor(upstream: string, url: string) {
    super(
      'failed',
      `The upstream ${upstream} needs your own authorization. Let the person you work for open ${url} in a browser, and try again afterwards`,
      { authorizationUrl: url, retryable: true },
    );
  }
}
