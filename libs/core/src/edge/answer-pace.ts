import type { Socket } from 'node:net';

const ANSWER_TIMEOUT_MS = 20_000;
/** A piece of an answer counts when all of it is taken, so a large one is given the time that a slow line needs. */
const SLOWEST_BYTES_PER_MS = 256;

/** How a client takes what it is sent, looked at now and then. */
export class AnswerPace {
  /** Bytes that the client has taken, and when it last took some; by `performance.now()`. */
  private taken = 0;
  private takenAt = performance.now();

  isTooSlow({ bytesWritten, writableLength }: Socket, now: number): boolean {
    const taken = bytesWritten - writableLength;
    if (writableLength === 0 || taken !== this.taken) {
      this.taken = taken;
      this.takenAt = now;
    }
    return now - this.takenAt > ANSWER_TIMEOUT_MS + writableLength / SLOWEST_BYTES_PER_MS;
  }
}
