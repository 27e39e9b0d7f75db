import { totalmem } from 'node:os';
import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';

const SAMPLE_MS = 1_000;
/** How often the event loop is looked at; what comes late is delay. */
const RESOLUTION_MS = 20;
const NANOSECONDS_PER_MS = 1e6;

/** How the process does: each figure is that of the last whole second. */
@Injectable()
export class ProcessVitals implements OnApplicationShutdown {
  private readonly delays: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private readonly timer = setInterval(() => this.sample(), SAMPLE_MS).unref();
  /** Of the container, where it has a limit, else of the machine. */
  readonly memoryBytes = usableMemory();
  private usage = process.cpuUsage();
  private sampledAt = performance.now();
  private last = { cpuPercent: 0, eventLoopDelayMs: 0, eventLoopDelayMedianMs: 0 };

  constructor() {
    this.delays.enable();
  }

  /** `cpuPercent` is of one core; `eventLoopDelayMs` is the 99th percentile. */
  snapshot() {
    const { rss } = process.memoryUsage();
    const { cpuPercent, ...delays } = this.last;
    return { cpuPercent, memoryPercent: rounded((rss / this.memoryBytes) * 100), rssBytes: rss, ...delays };
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
    this.delays.disable();
  }

  private sample(): void {
    const now = performance.now();
    const { user, system } = process.cpuUsage(this.usage);
    const microseconds = (now - this.sampledAt) * 1_000;
    this.last = {
      cpuPercent: rounded(((user + system) / microseconds) * 100),
      eventLoopDelayMs: this.delay(99),
      eventLoopDelayMedianMs: this.delay(50),
    };
    this.usage = process.cpuUsage();
    this.sampledAt = now;
    this.delays.reset();
  }

  /** What is measured is the time between two looks. */
  private delay(percentile: number): number {
    return rounded(Math.max(0, this.delays.percentile(percentile) / NANOSECONDS_PER_MS - RESOLUTION_MS));
  }
}

function usableMemory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
