import { Injectable } from '@nestjs/common';
import type { LiveEventMap } from '#libs/kit';
import type { CallOrigin } from '../../execution/call-context.js';
import type { FinishedCall } from '../../execution/finished-call.js';
import { CallEventHistory } from './call-event-history.js';
import { EventHistory, type History, type Occurred } from './event-history.js';

export type LiveEventName = keyof LiveEventMap;

/** An event without its number, which it gets when it happens; a time of its own is kept. */
export type Unnumbered<N extends LiveEventName> = Omit<LiveEventMap[N], 'seq' | 'time'> & { readonly time?: string };

type Listener = <N extends LiveEventName>(name: N, occurred: Occurred<Unnumbered<N>>) => void;

/**
 * What happens in the gateway, as it happens: whoever does something publishes it here, whoever shows it listens. An event
 * that nobody listens to is kept for those who come back, and costs nothing else.
 */
@Injectable()
export class LiveEvents {
  private readonly calls = new CallEventHistory();
  private readonly logs = new EventHistory<Unnumbered<'log'>>();
  private readonly histories: { readonly [N in LiveEventName]: History<Unnumbered<N>> } = {
    tool_executed: this.calls,
    alert: new EventHistory(),
    approval: new EventHistory(),
    log: this.logs,
    upstream: new EventHistory(),
    config: new EventHistory(),
  };
  private listener: Listener | undefined;
  private forward: Listener | undefined;
  /** Whether one of the two would do something with an event of this name now. */
  private readonly audiences: ((name: LiveEventName) => boolean)[] = [];

  publish<N extends LiveEventName>(name: N, event: Unnumbered<N>): void {
    const history = this.historyOf(name);
    this.tell(name, history.push(event, this.numberAfter(history.seq)));
  }

  /** As `publish`, of a call that begins: that is made an event only where somebody reads it. */
  callStarted(origin: CallOrigin, service: string, operation: string): void {
    this.calls.started(this.numberAfter(this.calls.seq), origin, service, operation);
    if (this.hasAudience('tool_executed')) this.tell('tool_executed', this.calls.newest());
  }

  /** The same of one that has ended. */
  callEnded(call: FinishedCall, service: string, operation: string): void {
    this.calls.ended(this.numberAfter(this.calls.seq), call, service, operation);
    if (this.hasAudience('tool_executed')) this.tell('tool_executed', this.calls.newest());
  }

  /** As `publish`, of many lines of the log at once, which are made events only where somebody reads them. */
  linesWritten(count: number, events: () => readonly Unnumbered<'log'>[]): void {
    const occurred = this.logs.pushMany(count, events, this.numberAfter(this.logs.seq));
    if (!this.hasAudience('log')) return;
    for (const each of occurred()) this.tell('log', each);
  }

  /** Takes an event that happened at another replica. */
  receive<N extends LiveEventName>(name: N, occurred: Occurred<Unnumbered<N>>): void {
    this.listener?.(name, this.historyOf(name).insert(occurred));
  }

  /**
   * Has what happens here told to other replicas; from then on all number their events alike. `isThere` says whether they
   * want events of a name now.
   */
  share(forward: Listener, isThere: (name: LiveEventName) => boolean): void {
    this.forward = forward;
    this.audiences.push(isThere);
    for (const name of Object.keys(this.histories) as LiveEventName[]) this.noteMissed(name);
  }

  /** Notes that events of other replicas were not told here until now. */
  noteMissed(name: LiveEventName): void {
    this.historyOf(name).noteMissed(sharedNumber(0));
  }

  historyOf<N extends LiveEventName>(name: N): History<Unnumbered<N>> {
    return this.histories[name];
  }

  /** The door that shows events: there is one. `isThere` says whether somebody is at it. */
  listen(listener: Listener, isThere: () => boolean): void {
    this.listener = listener;
    this.audiences.push(isThere);
  }

  private tell<N extends LiveEventName>(name: N, occurred: Occurred<Unnumbered<N>>): void {
    this.listener?.(name, occurred);
    this.forward?.(name, occurred);
  }

  private hasAudience(name: LiveEventName): boolean {
    for (const isThere of this.audiences) if (isThere(name)) return true;
    return false;
  }

  private numberAfter(seq: number): number {
    return this.forward ? sharedNumber(seq) : seq + 1;
  }
}

/** By the clock, in microseconds, so that a number means the same moment at every replica. */
function sharedNumber(last: number): number {
  return Math.max(last + 1, Date.now() * 1_000);
}

/** An event as clients read it. */
export function numbered<N extends LiveEventName>({ seq, at, event }: Occurred<Unnumbered<N>>): LiveEventMap[N] {
  return { seq, time: new Date(at).toISOString(), ...event } as unknown as LiveEventMap[N];
}
