import { randomUUID } from 'node:crypto';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { CallSum } from './call-sum.js';
import { PointSum } from './metrics-point.js';
import { PointSampler } from './point-sampler.js';
import { PointWriter } from './point-writer.js';
import { RecentPoints } from './recent-points.js';
import type { MinutePart, TimedPoint } from './timed-point.js';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
/** What the last minute is given to reach the store when the gateway stops. */
const LAST_WRITING_MS = 1_000;

/**
 * How the gateway did: it is looked at each second, which is remembered for ten minutes; what makes a minute goes to the
 * store, from which it is read again.
 */
@Injectable()
export class MetricsHistory implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Metrics');
  private readonly recent = new RecentPoints();
  private minute: { readonly time: number; readonly part: string; readonly sum: PointSum } | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly sampler: PointSampler,
    private readonly writer: PointWriter,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.look(), SECOND_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.endMinute();
    await this.writer.finish(LAST_WRITING_MS);
  }

  /** Of this replica, from memory. */
  seconds(from: number, to: number): TimedPoint[] {
    return this.recent.between(from, to);
  }

  /** The calls of the last seconds, and the requests that were not recognised. */
  recentSum(seconds: number) {
    const own = new CallSum();
    const upstreams = new CallSum();
    let authFailures = 0;
    for (const second of this.recent.last(seconds)) {
      own.add(second.own);
      upstreams.add(second.upstreams);
      authFailures += second.authFailures;
    }
    return { own: summary(own), upstreams: summary(upstreams), authFailures };
  }

  /** Minutes of this replica that are not in the store, the running one included. */
  unwritten(from: number, to: number): MinutePart[] {
    const running = this.minute && { time: this.minute.time, part: this.minute.part, point: this.minute.sum.point() };
    return [...this.writer.waiting, ...(running ? [running] : [])].filter(({ time }) => time >= from && time < to);
  }

  private look(): void {
    try {
      const now = Date.now();
      const point = this.sampler.take();
      this.recent.push({ time: beginning(now, SECOND_MS), point });
      const time = beginning(now, MINUTE_MS);
      if (this.minute?.time !== time) this.endMinute();
      this.minute ??= { time, part: randomUUID(), sum: new PointSum() };
      this.minute.sum.add(point);
    } catch (error) {
      this.logger.error('The metrics of a second could not be taken', error instanceof Error ? error.stack : error);
    }
  }

  private endMinute(): void {
    const { minute } = this;
    this.minute = undefined;
    if (minute) this.writer.write({ time: minute.time, part: minute.part, point: minute.sum.point() });
  }
}

function summary(sum: CallSum) {
  const { calls, error } = sum.counts();
  return { calls, error, p95: sum.durations.percentile(95) };
}

function beginning(time: number, lengthMs: number): number {
  return Math.floor(time / lengthMs) * lengthMs;
}
