import type { MetricsPoint } from './metrics-point.js';

/** A point with the beginning of its time, in milliseconds since 1970. */
export interface TimedPoint {
  readonly time: number;
  readonly point: MetricsPoint;
}

/** What one process saw of a minute. Its id keeps it from being counted twice when it is written again. */
export interface MinutePart extends TimedPoint {
  readonly part: string;
}
