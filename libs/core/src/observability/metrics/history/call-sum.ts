import type { CallOutcome } from '../../../execution/finished-call.js';
import { DurationSketch } from './duration-sketch.js';

/** What was called in some time, as it is kept. */
export interface CallCounts {
  readonly calls: number;
  readonly error: number;
  readonly denied: number;
  readonly limited: number;
  readonly tokens: number;
  readonly totalMs: number;
  /** Of a DurationSketch. */
  readonly durations: readonly number[];
}

/** Calls as they are counted, and counts as they are added. */
export class CallSum {
  readonly durations = new DurationSketch();
  private readonly outcomes: Record<CallOutcome, number> = { ok: 0, error: 0, denied: 0, limited: 0 };
  private calls = 0;
  private tokens = 0;
  private totalMs = 0;

  observe(outcome: CallOutcome, durationMs: number, tokens: number): void {
    this.calls += 1;
    this.outcomes[outcome] += 1;
    this.tokens += tokens;
    this.totalMs += durationMs;
    this.durations.observe(durationMs);
  }

  add(counts: CallCounts): void {
    this.calls += counts.calls;
    for (const outcome of ['error', 'denied', 'limited'] as const) this.outcomes[outcome] += counts[outcome];
    this.tokens += counts.tokens;
    this.totalMs += counts.totalMs;
    this.durations.add(counts.durations);
  }

  counts(): CallCounts {
    const { error, denied, limited } = this.outcomes;
    const { calls, tokens, totalMs } = this;
    return { calls, error, denied, limited, tokens, totalMs, durations: this.durations.pairs() };
  }
}

/** Operations that a point tells apart; the rest is one more. */
const MAX_OPERATIONS = 200;
const OTHER = 'other';

/** Sums by operation, of as many as a point may hold. */
export class OperationSums {
  private readonly byId = new Map<string, CallSum>();

  of(id: string): CallSum {
    const found = this.byId.get(id);
    if (found) return found;
    if (this.byId.size >= MAX_OPERATIONS && id !== OTHER) return this.of(OTHER);
    const sum = new CallSum();
    this.byId.set(id, sum);
    return sum;
  }

  counts(): Record<string, CallCounts> {
    return Object.fromEntries([...this.byId].map(([id, sum]) => [id, sum.counts()]));
  }
}
