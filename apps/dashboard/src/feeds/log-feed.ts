import type { LogEvent } from '#libs/kit';
import { Flushed } from './flushed.js';

const MOST_ENTRIES = 1_000;
const FLUSH_MS = 200;

export interface Entry extends LogEvent {
  readonly id: number;
}

/** The newest entries of the log. */
export class LogFeed {
  private entries: Entry[] = [];
  private readonly flushed = new Flushed(FLUSH_MS);
  private lastId = 0;

  get turn() {
    return this.flushed.turn;
  }

  newest(): Entry[] {
    return this.entries.toReversed();
  }

  take = (event: LogEvent): void => {
    this.lastId += 1;
    this.entries.push({ ...event, id: this.lastId });
    if (this.entries.length >= 2 * MOST_ENTRIES) this.entries = this.entries.slice(-MOST_ENTRIES);
    this.flushed.mark();
  };
}
