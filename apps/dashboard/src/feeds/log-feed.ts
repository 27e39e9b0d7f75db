import type { LogEvent } from '#libs/kit';
import { Feed } from './feed.js';

const MOST_ENTRIES = 1_000;

export interface Entry extends LogEvent {
  readonly id: number;
}

/** The newest entries of the log. */
export class LogFeed extends Feed<LogEvent> {
  private entries: Entry[] = [];
  private lastId = 0;

  newest(): Entry[] {
    return this.entries.toReversed();
  }

  protected add(event: LogEvent): void {
    this.lastId += 1;
    this.entries.push({ ...event, id: this.lastId });
    if (this.entries.length >= 2 * MOST_ENTRIES) this.entries = this.entries.slice(-MOST_ENTRIES);
  }

  protected empty(): void {
    this.entries = [];
  }
}
