import type { TimedPoint } from './timed-point.js';

const CAPACITY = 600;

/** The last ten minutes, second by second. */
export class RecentPoints {
  private readonly slots: TimedPoint[] = [];

  push(entry: TimedPoint): void {
    this.slots.push(entry);
    if (this.slots.length > CAPACITY) this.slots.shift();
  }

  between(from: number, to: number): TimedPoint[] {
    return this.slots.filter(({ time }) => time >= from && time < to);
  }

  /** By their number, so that a clock that is set changes nothing. */
  last(count: number): TimedPoint[] {
    return this.slots.slice(-count);
  }
}
