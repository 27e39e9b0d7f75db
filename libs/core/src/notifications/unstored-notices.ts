import type { Notice } from './notice.js';
import type { Taken } from './notice-rows.js';

/** Of a longer outage the oldest are forgotten. */
const MAX_WAITING = 1_000;

interface Waiting {
  readonly notice: Notice;
  attempts: number;
  nextAt: number;
}

/** Notices that are made while the store is away: they are delivered from memory. */
export class UnstoredNotices {
  private waiting: Waiting[] = [];

  add(notice: Notice): void {
    this.waiting.push({ notice, attempts: 0, nextAt: (notice.notBefore ?? notice.createdAt).getTime() });
    if (this.waiting.length > MAX_WAITING) this.waiting.shift();
  }

  /** Those that are due, but for those that must wait for an earlier one of their topic. */
  take(now: number): Taken[] {
    const ahead = new Set<string>();
    const due = this.waiting.filter(({ notice, nextAt }) => {
      const line = `${notice.target} ${notice.topic}`;
      const isFirst = !ahead.has(line);
      ahead.add(line);
      return isFirst && nextAt <= now;
    });
    return due.map((each) => {
      each.attempts += 1;
      return { ...each.notice, attempts: each.attempts };
    });
  }

  retryAt(id: string, nextAt: number): void {
    const found = this.waiting.find(({ notice }) => notice.id === id);
    if (found) found.nextAt = nextAt;
  }

  finish(id: string): void {
    this.waiting = this.waiting.filter(({ notice }) => notice.id !== id);
  }
}
