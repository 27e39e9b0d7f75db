import type { CallStep, ErrorKind, LiveEventMap } from '#libs/kit';
import type { CallOrigin } from '../../execution/call-context.js';
import type { FinishedCall } from '../../execution/finished-call.js';
import type { History, Missed, Occurred } from './event-history.js';
import { ToldNumbers } from './told-numbers.js';

type CallEvent = Omit<LiveEventMap['tool_executed'], 'seq' | 'time'> & { readonly time?: string };

/** Somewhat more than the newest 1,000: those of other replicas come late. */
const SLOTS = 1_250;
const steps = ['authorize', 'admit', 'parse', 'approve', 'run', 'shape'] as const satisfies CallStep[];

/**
 * The newest events of calls, in memory. Two come with each call, which hardly anybody ever reads: so what they say is
 * written into columns that are there from the beginning, and they are made for who asks. As objects that outlive their
 * call they would cost the garbage collector several times what it costs to write them down.
 */
export class CallEventHistory implements History<CallEvent> {
  private readonly numbers = new ToldNumbers();
  /** All that were taken: the newest is in the slot before this one. */
  private taken = 0;
  private readonly seqs = new Float64Array(SLOTS);
  private readonly times = new Float64Array(SLOTS);
  /** Events that came as such. */
  private readonly whole = column<CallEvent>();
  private readonly requestIds = column<string>();
  private readonly callers = column<string>();
  private readonly doors = column<string>();
  private readonly services = column<string>();
  private readonly operations = column<string>();
  /** Of an end; a beginning has none. */
  private readonly outcomes = column<FinishedCall['outcome']>();
  private readonly errorKinds = column<ErrorKind>();
  private readonly traceIds = column<string>();
  private readonly durations = new Float64Array(SLOTS);
  /** Not a number where the call did not come through a step, in all of them where it was no call yet. */
  private readonly steps = new Float64Array(SLOTS * steps.length);
  private readonly hasSteps = new Uint8Array(SLOTS);

  get seq(): number {
    return this.numbers.last;
  }

  push(event: CallEvent, seq = this.seq + 1): Occurred<CallEvent> {
    return this.insert({ seq, at: Date.now(), event });
  }

  insert(occurred: Occurred<CallEvent>): Occurred<CallEvent> {
    this.whole[this.take(occurred.seq, occurred.at)] = occurred.event;
    return occurred;
  }

  started(seq: number, origin: CallOrigin, service: string, operation: string): void {
    this.outcomes[this.takeCall(seq, origin, service, operation)] = undefined;
  }

  ended(seq: number, call: FinishedCall, service: string, operation: string): void {
    const slot = this.takeCall(seq, call.origin, service, operation);
    this.outcomes[slot] = call.outcome;
    this.errorKinds[slot] = call.error?.kind;
    this.traceIds[slot] = call.origin.traceparent?.split('-')[1];
    this.durations[slot] = call.durationMs;
    this.hasSteps[slot] = call.steps ? 1 : 0;
    if (!call.steps) return;
    const first = slot * steps.length;
    for (let i = 0; i < steps.length; i += 1) this.steps[first + i] = call.steps[steps[i] as CallStep] ?? NaN;
  }

  /** The event that was taken last. */
  newest(): Occurred<CallEvent> {
    return this.occurredIn((this.taken - 1) % SLOTS);
  }

  noteMissed(seq: number): void {
    this.numbers.noteMissed(seq);
  }

  since(seq: number): Missed<CallEvent> {
    const { from, complete } = this.numbers.after(seq);
    const events: Occurred<CallEvent>[] = [];
    for (let i = Math.max(0, this.taken - SLOTS); i < this.taken; i += 1) {
      if ((this.seqs[i % SLOTS] ?? 0) > from) events.push(this.occurredIn(i % SLOTS));
    }
    // those of other replicas come late
    return { events: events.sort((a, b) => a.seq - b.seq), complete };
  }

  /** The slot for one more event, in place of the oldest. */
  private take(seq: number, at: number): number {
    const slot = this.taken % SLOTS;
    if (this.taken >= SLOTS) this.numbers.noteMissed(this.seqs[slot] ?? 0);
    this.taken += 1;
    this.numbers.note(seq);
    this.seqs[slot] = seq;
    this.times[slot] = at;
    return slot;
  }

  private takeCall(seq: number, { caller, door, requestId }: CallOrigin, service: string, operation: string): number {
    const slot = this.take(seq, Date.now());
    this.whole[slot] = undefined;
    this.requestIds[slot] = requestId;
    this.callers[slot] = caller.id;
    this.doors[slot] = door;
    this.services[slot] = service;
    this.operations[slot] = operation;
    return slot;
  }

  private occurredIn(slot: number): Occurred<CallEvent> {
    const [seq = 0, at = 0] = [this.seqs[slot], this.times[slot]];
    return { seq, at, event: this.whole[slot] ?? this.eventIn(slot) };
  }

  private eventIn(slot: number): CallEvent {
    const outcome = this.outcomes[slot];
    const call = {
      phase: outcome === undefined ? ('start' as const) : ('end' as const),
      requestId: this.requestIds[slot] ?? '',
      caller: this.callers[slot] ?? '',
      door: this.doors[slot] ?? '',
      service: this.services[slot] ?? '',
      operation: this.operations[slot] ?? '',
    };
    if (outcome === undefined) return call;
    const [errorKind, traceId] = [this.errorKinds[slot], this.traceIds[slot]];
    return {
      ...call,
      outcome,
      ...(errorKind !== undefined && { errorKind }),
      durationMs: Math.round((this.durations[slot] ?? 0) * 1_000) / 1_000,
      ...(this.hasSteps[slot] === 1 && { steps: this.stepsIn(slot) }),
      ...(traceId !== undefined && { traceId }),
    };
  }

  private stepsIn(slot: number): Partial<Record<CallStep, number>> {
    const taken = steps.map((step, i) => [step, this.steps[slot * steps.length + i] ?? NaN] as const);
    return Object.fromEntries(taken.filter(([, ms]) => !Number.isNaN(ms)));
  }
}

/** A column with a place for each slot from the beginning. */
function column<T>(): (T | undefined)[] {
  return Array.from<T | undefined>({ length: SLOTS }).fill(undefined);
}
