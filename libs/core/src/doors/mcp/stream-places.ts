import { Injectable } from '@nestjs/common';
import { OperationError, type Caller, type HttpResponse } from '#libs/kit';
import { CredentialWatch } from '../../access/credential-watch.js';
import { CallerCounts } from './caller-counts.js';

const MAX_STREAMS = 10_000;
const MAX_PER_CALLER = 500;
const RETRY_MS = 10_000;

/** Bounds the streams on which clients wait for whatever may come. Those of running calls are bounded with the calls. */
@Injectable()
export class StreamPlaces {
  private readonly perCaller = new CallerCounts(MAX_PER_CALLER);
  private open = 0;

  constructor(private readonly credentials: CredentialWatch) {}

  /**
   * Takes a place until the response is closed. Throws `limited` where there is none. `end` closes the stream when the
   * credential that it was opened with is over.
   */
  take({ id }: Caller, response: HttpResponse, end: () => void): void {
    // it closes no second time
    if (response.destroyed) return;
    if (this.open >= MAX_STREAMS || !this.perCaller.take(id)) {
      throw new OperationError('limited', 'Too many streams are open; close some, or try again later', {
        retryAfterMs: RETRY_MS,
      });
    }
    this.open += 1;
    const letGo = this.credentials.hold(response.req, () => {
      if (!response.writableEnded) end();
    });
    response.once('close', () => {
      this.open -= 1;
      this.perCaller.give(id);
      letGo();
    });
  }
}
