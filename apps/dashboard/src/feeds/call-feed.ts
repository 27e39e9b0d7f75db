import type { ToolExecuted } from '#libs/kit';
import { Feed } from './feed.js';

/** `unknown` where the end of a call may have been missed. */
export type CallState = 'running' | 'unknown' | NonNullable<ToolExecuted['outcome']>;

/** One call as it has come to be known. */
export interface Call {
  readonly id: number;
  readonly requestId: string;
  readonly caller: string;
  readonly door: string;
  readonly service: string;
  readonly operation: string;
  readonly startedAt: string;
  readonly state: CallState;
  readonly errorKind?: string | undefined;
  readonly durationMs?: number | undefined;
  readonly steps?: ToolExecuted['steps'];
  readonly traceId?: string | undefined;
  readonly progress?: Pick<ToolExecuted, 'progress' | 'total' | 'message'> | undefined;
}

const MOST_CALLS = 1_000;

/** The newest calls, pieced together from what is told of them. */
export class CallFeed extends Feed<ToolExecuted> {
  private calls: Call[] = [];
  /** Ids of those that run, by what their events have in common. */
  private readonly running = new Map<string, number[]>();
  private lastId = 0;

  /** The newest first. */
  newest(): Call[] {
    return this.calls.toReversed();
  }

  /** What has become of a call. */
  known(call: Call): Call {
    return this.calls[this.placeOf(call.id)] ?? call;
  }

  protected add(event: ToolExecuted): void {
    if (event.phase === 'start') this.start(event);
    else this.goOn(event);
  }

  protected empty(): void {
    this.calls = [];
    this.running.clear();
  }

  protected override miss(): void {
    this.calls = this.calls.map((call) =>
      call.state === 'running' ? { ...call, state: 'unknown', progress: undefined } : call,
    );
  }

  private start(event: ToolExecuted): Call {
    const { requestId, caller, door, service, operation, time } = event;
    const id = (this.lastId += 1);
    const call: Call = { id, requestId, caller, door, service, operation, startedAt: time, state: 'running' };
    this.calls.push(call);
    if (event.phase !== 'end') {
      const others = (this.running.get(keyOf(event)) ?? []).filter((other) => this.isRunning(other));
      this.running.set(keyOf(event), [...others, id]);
    }
    if (this.calls.length >= 2 * MOST_CALLS) this.forget();
    return call;
  }

  private goOn(event: ToolExecuted): void {
    const key = keyOf(event);
    const [id, ...others] = this.running.get(key) ?? [];
    const known = id === undefined ? -1 : this.placeOf(id);
    // one that is refused has no start
    const call = this.calls[known] ?? this.start(event);
    const at = known === -1 ? this.calls.length - 1 : known;
    if (event.phase === 'progress') {
      this.calls[at] = { ...call, state: 'running', progress: event };
      return;
    }
    const { outcome = 'ok', errorKind, durationMs, steps, traceId } = event;
    this.calls[at] = { ...call, state: outcome, errorKind, durationMs, steps, traceId, progress: undefined };
    if (others.length > 0) this.running.set(key, others);
    else this.running.delete(key);
  }

  private isRunning(id: number): boolean {
    return this.calls[this.placeOf(id)]?.state === 'running';
  }

  /** Ids are consecutive, so a call's place is known by its distance from the first. */
  private placeOf(id: number): number {
    const at = id - (this.calls[0]?.id ?? 0);
    return at >= 0 && at < this.calls.length ? at : -1;
  }

  private forget(): void {
    this.calls = this.calls.slice(-MOST_CALLS);
    const oldest = this.calls[0]?.id ?? 0;
    for (const [key, ids] of this.running) {
      if (ids.every((id) => id < oldest)) this.running.delete(key);
    }
  }
}

/** The calls of a batch share their request. */
function keyOf({ requestId, service, operation }: ToolExecuted): string {
  return `${requestId} ${service}.${operation}`;
}
