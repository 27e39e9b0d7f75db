import { createHistogram } from 'node:perf_hooks';
import { Injectable } from '@nestjs/common';
import type { CallOutcome } from './finished-call.js';

const WINDOW_SECONDS = 60;
const MICROSECONDS_PER_MS = 1_000;

/** Counts of the calls since the start, in constant memory. */
@Injectable()
export class CallStatistics {
  private readonly startedAt = Date.now();
  private readonly durations = createHistogram();
  private readonly byService = new Map<string, number>();
  private readonly perSecond = new Uint32Array(WINDOW_SECONDS);
  private total = 0;
  private errors = 0;
  private refused = 0;
  private currentSecond = 0;

  /** Calls that were not permitted. */
  get denied(): number {
    return this.refused;
  }

  /** `service` is undefined for a call that named no operation of ours. */
  record(service: string | undefined, outcome: CallOutcome, durationMs: number): void {
    this.total += 1;
    if (outcome !== 'ok') this.errors += 1;
    if (outcome === 'denied') this.refused += 1;
    if (service !== undefined) this.byService.set(service, (this.byService.get(service) ?? 0) + 1);
    this.durations.record(Math.max(1, Math.round(durationMs * MICROSECONDS_PER_MS)));
    this.advance();
    const slot = this.currentSecond % WINDOW_SECONDS;
    this.perSecond[slot] = (this.perSecond[slot] ?? 0) + 1;
  }

  snapshot() {
    this.advance();
    const uptimeMs = Date.now() - this.startedAt;
    const seconds = Math.min(WINDOW_SECONDS, Math.max(1, uptimeMs / 1_000));
    const recent = this.perSecond.reduce((sum, count) => sum + count, 0);
    const percentile = (rank: number) => (this.total === 0 ? 0 : this.durations.percentile(rank) / MICROSECONDS_PER_MS);
    return {
      uptimeMs,
      requests: {
        total: this.total,
        perSecond: Math.round((recent / seconds) * 100) / 100,
        errors: this.errors,
        denied: this.refused,
        errorRate: this.total === 0 ? 0 : this.errors / this.total,
      },
      latencyMs: { p50: percentile(50), p95: percentile(95), p99: percentile(99) },
      callsByService: Object.fromEntries(this.byService),
    };
  }

  /** Empties the slots of the seconds that have passed without a call. */
  private advance(): void {
    const now = Math.floor(performance.now() / 1_000);
    const passed = Math.min(now - this.currentSecond, WINDOW_SECONDS);
    for (let i = 1; i <= passed; i += 1) this.perSecond[(now - passed + i) % WINDOW_SECONDS] = 0;
    this.currentSecond = now;
  }
}
