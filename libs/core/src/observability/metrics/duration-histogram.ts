import type { Histogram, Registry } from 'prom-client';

/** Upper bounds, in seconds; the gateway's own work takes less than the first. */
const BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Durations of one kind, as plain numbers: counting one is an addition or two. */
export class Durations {
  /** Not cumulated; the last one holds what took longer than all bounds. */
  readonly buckets = new Float64Array(BOUNDS.length + 1);
  sum = 0;
  count = 0;

  observe(seconds: number): void {
    let i = 0;
    while (i < BOUNDS.length && seconds > (BOUNDS[i] ?? 0)) i += 1;
    this.buckets[i] = (this.buckets[i] ?? 0) + 1;
    this.sum += seconds;
    this.count += 1;
  }
}

type Labels = Record<string, string>;

/**
 * Registers a histogram whose numbers are kept elsewhere and read when the metrics are asked for. prom-client's own looks
 * its labels up by a hash for each observation, which costs more than all else that is recorded of a call.
 */
export function registerHistogram(
  registry: Registry,
  { name, help }: { name: string; help: string },
  series: () => Iterable<{ labels: Labels; durations: Durations }>,
): void {
  const get = () => ({ name, help, type: 'histogram', values: [...series()].flatMap(valuesOf), aggregator: 'sum' });
  // what a register asks of its metrics
  registry.registerMetric({ name, get, reset: () => undefined } as unknown as Histogram);

  function valuesOf({ labels, durations }: { labels: Labels; durations: Durations }) {
    let cumulated = 0;
    const buckets = [...BOUNDS, '+Inf'].map((le, i) => {
      cumulated += durations.buckets[i] ?? 0;
      return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: cumulated };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: durations.sum },
      { metricName: `${name}_count`, labels, value: durations.count },
    ];
  }
}
