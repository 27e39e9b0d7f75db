import { Injectable } from '@nestjs/common';
import type { MetricsHistoryPoint } from '#libs/kit';
import { spanOf, type HistoryQuestion, type HistorySpan } from './history-span.js';
import { MetricsHistory } from './metrics-history.js';
import { PointSum } from './metrics-point.js';
import { PointRows } from './point-rows.js';
import { shownPoint } from './shown-point.js';
import type { TimedPoint } from './timed-point.js';

const MS_PER_SECOND = 1_000;

/** Answers how the gateway did: all replicas by minutes and hours, this one by seconds. */
@Injectable()
export class HistoryReader {
  constructor(
    private readonly history: MetricsHistory,
    private readonly rows: PointRows,
  ) {}

  /** Throws `invalid` for a span that makes no sense, `unavailable` where the store is needed and away. */
  async read(question: HistoryQuestion): Promise<MetricsHistoryPoint[]> {
    const span = spanOf(question, Date.now());
    const steps = new Steps(span);
    if (span.resolution === 1) steps.add(this.history.seconds(span.from, span.to));
    else await this.readKept(span, steps);
    return steps.shown();
  }

  private async readKept({ resolution, from, to }: HistorySpan, steps: Steps): Promise<void> {
    // before the store, so that what is written meanwhile is at least in one of the two
    const unwritten = this.history.unwritten(from, to);
    const written = new Set<string>();
    await this.rows.read(resolution, from, to, (points) => {
      for (const { parts } of points) for (const part of parts) written.add(part);
      steps.add(points);
    });
    steps.add(unwritten.filter(({ part }) => !written.has(part)));
  }
}

/** Points that are added to the steps of a span. */
class Steps {
  private readonly byTime = new Map<number, { readonly sum: PointSum; readonly observed: Map<number, number> }>();

  constructor(private readonly span: HistorySpan) {}

  add(points: readonly TimedPoint[]): void {
    const stepMs = this.span.step * MS_PER_SECOND;
    for (const { time, point } of points) {
      const begin = Math.floor(time / stepMs) * stepMs;
      const step = this.byTime.get(begin) ?? { sum: new PointSum(), observed: new Map<number, number>() };
      this.byTime.set(begin, step);
      step.sum.add(point);
      // replicas are looked at in the same seconds
      step.observed.set(time, Math.max(step.observed.get(time) ?? 0, point.samples));
    }
  }

  shown(): MetricsHistoryPoint[] {
    const { step: seconds } = this.span;
    return [...this.byTime]
      .sort(([a], [b]) => a - b)
      .map(([time, { sum, observed }]) => {
        const seen = [...observed.values()].reduce((total, samples) => total + samples, 0);
        return shownPoint({ time, seconds, observed: seen, point: sum.point() });
      });
  }
}
