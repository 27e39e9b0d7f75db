import type { MetricsPoint } from './metrics-point.js';
import type { TimedPoint } from './timed-point.js';

const CAPACITY = 600;

/** What alerts ask for each second. */
interface RecentCalls extends Pick<MetricsPoint, 'own' | 'upstreams'> {
  readonly authFailures: number;
}

/**
 * The last ten minutes, second by second. As objects they would be tens of thousands, which the collector walks through
 * again and again: but for what is asked for each second, a point is kept as its JSON.
 */
export class RecentPoints {
  private readonly slots: (RecentCalls & { readonly time: number; readonly json: string })[] = [];

  push({ time, point }: TimedPoint): void {
    const { own, upstreams, sums } = point;
    const { authFailures = 0 } = sums.counts as { authFailures?: number };
    this.slots.push({ time, own, upstreams, authFailures, json: JSON.stringify(point) });
    if (this.slots.length > CAPACITY) this.slots.shift();
  }

  between(from: number, to: number): TimedPoint[] {
    return this.slots
      .filter(({ time }) => time >= from && time < to)
      .map(({ time, json }) => ({ time, point: JSON.parse(json) as MetricsPoint }));
  }

  /** By their number, so that a clock that is set changes nothing. */
  last(count: number): RecentCalls[] {
    return this.slots.slice(-count);
  }
}
