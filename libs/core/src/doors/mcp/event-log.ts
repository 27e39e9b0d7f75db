import { EventQueue, type QueuedEvent } from './event-queue.js';
import type { EventPlace, SessionEvent, SessionState } from './session-store.js';

const MIB = 1024 * 1024;
/**
 * What is kept for the clients of one caller that lost their connection, in all its sessions together: two of the longest
 * answers that an upstream gives over stdio.
 */
export const CALLER_BYTES = 16 * MIB;
/** What this process keeps for all callers together. */
const PROCESS_BYTES = 128 * MIB;
/** Of one stream, however short its events are: a client that comes back is sent them all at once. */
export const STREAM_EVENTS = 1_000;
/** What an event takes besides its text. */
export const EVENT_BYTES = 256;

interface Kept extends QueuedEvent {
  readonly owner: Owner;
  readonly streamId: string;
}

type Owner = Pick<SessionState, 'id' | 'callerId'>;

/** The last events of all sessions' streams. The oldest of a caller go where it has too many, and the oldest of all. */
export class EventLog {
  /** By session and stream. */
  private readonly sessions = new Map<string, Map<string, Kept[]>>();
  private readonly callers = new Map<string, EventQueue<Kept>>();
  private readonly all: EventQueue<Kept>;

  constructor(
    private readonly callerBytes = CALLER_BYTES,
    processBytes = PROCESS_BYTES,
  ) {
    this.all = new EventQueue(processBytes);
  }

  append(owner: Owner, event: SessionEvent): void {
    const { streamId } = event;
    const kept: Kept = { owner, streamId, event, bytes: bytesOf(event.data) + EVENT_BYTES };
    // what has no room alone would push out all else, and what is before it is of no use without it
    if (kept.bytes > this.callerBytes) {
      this.dropAll(this.sessions.get(owner.id)?.get(streamId));
      return;
    }
    const events = this.streamOf(owner.id, streamId);
    events.push(kept);
    const own = this.queueOf(owner.callerId);
    for (const queue of [own, this.all]) queue.add(kept);
    if (events.length > STREAM_EVENTS && events[0]) this.drop(events[0]);
    for (const queue of [own, this.all]) {
      for (let oldest = queue.overdue; oldest; oldest = queue.overdue) this.drop(oldest);
    }
  }

  after(sessionId: string, { streamId, number }: EventPlace): SessionEvent[] | undefined {
    const events = this.sessions.get(sessionId)?.get(streamId);
    return events?.flatMap(({ event }) => (event && event.number > number ? event : []));
  }

  /** Of a session that is over. */
  forget(sessionId: string): void {
    for (const events of this.sessions.get(sessionId)?.values() ?? []) this.dropAll(events);
  }

  private dropAll(events: readonly Kept[] = []): void {
    for (const kept of [...events]) this.drop(kept);
  }

  /** Events go in the order in which they came, so that it is the first one of its stream. */
  private drop(kept: Kept): void {
    const { owner, streamId } = kept;
    const streams = this.sessions.get(owner.id);
    const events = streams?.get(streamId);
    events?.shift();
    if (events?.length === 0) streams?.delete(streamId);
    if (streams?.size === 0) this.sessions.delete(owner.id);
    kept.event = undefined;
    const own = this.callers.get(owner.callerId);
    own?.remove(kept);
    this.all.remove(kept);
    if (own?.isEmpty === true) this.callers.delete(owner.callerId);
  }

  private streamOf(sessionId: string, streamId: string): Kept[] {
    let streams = this.sessions.get(sessionId);
    if (!streams) this.sessions.set(sessionId, (streams = new Map<string, Kept[]>()));
    let events = streams.get(streamId);
    if (!events) streams.set(streamId, (events = []));
    return events;
  }

  private queueOf(callerId: string): EventQueue<Kept> {
    let queue = this.callers.get(callerId);
    if (!queue) this.callers.set(callerId, (queue = new EventQueue(this.callerBytes)));
    return queue;
  }
}

/** A text with a letter that is not ASCII may take two bytes for each. */
function bytesOf(text: string): number {
  return Buffer.byteLength(text) === text.length ? text.length : 2 * text.length;
}
