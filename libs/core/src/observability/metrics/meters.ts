import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';

export type Series = Iterable<readonly [labels: Record<string, string>, value: number]>;

/** Registers numbers that are kept elsewhere: each is read where it is, when the metrics are asked for. */
@Injectable()
export class Meters {
  constructor(private readonly registry: Registry) {}

  /** A count that only grows. */
  total(name: string, help: string, read: () => number): void {
    this.totals(name, help, [], () => [[{}, read()]]);
  }

  /** One count for each set of labels, whose values come from a bounded set. */
  totals(name: string, help: string, labelNames: readonly string[], read: () => Series): void {
    new Counter({
      name,
      help,
      labelNames,
      registers: [this.registry],
      collect() {
        this.reset();
        for (const [labels, value] of read()) this.inc(labels, value);
      },
    });
  }

  gauge(name: string, help: string, read: () => number): void {
    this.gauges(name, help, [], () => [[{}, read()]]);
  }

  /** One gauge for each set of labels, whose values come from a bounded set. */
  gauges(name: string, help: string, labelNames: readonly string[], read: () => Series): void {
    new Gauge({
      name,
      help,
      labelNames,
      registers: [this.registry],
      collect() {
        this.reset();
        for (const [labels, value] of read()) this.set(labels, value);
      },
    });
  }
}
