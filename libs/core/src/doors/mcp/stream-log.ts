import type { EventPlace, KeptEvents, SessionEvent, SessionStore } from './session-store.js';

/** Gives the events of one session's streams their places, and keeps them. */
export class StreamLog {
  private last = 0;

  constructor(
    private readonly store: SessionStore,
    private readonly sessionId: string,
  ) {}

  /** `previous` is the number of the event before it on its stream, 0 for the first. */
  append(streamId: string, data: string, previous = 0, isLast = false): SessionEvent {
    // from the clock, in microseconds, so that they go up wherever the session goes on
    this.last = Math.max(this.last + 1, Date.now() * 1_000);
    const event = { streamId, number: this.last, previous, data, ...(isLast && { isLast }) };
    // a client whose events were not kept is told so when it comes back for them
    this.store.keep(this.sessionId, event).catch(() => undefined);
    return event;
  }

  /** What came on the stream after the place, oldest first; undefined where that is not known, or not all kept any more. */
  async after(place: EventPlace): Promise<KeptEvents | undefined> {
    const kept = await this.store.after(this.sessionId, place);
    let seen = place.number;
    for (const { number, previous = 0 } of kept?.events ?? []) {
      if (previous > seen) return undefined;
      seen = number;
    }
    return kept;
  }
}

/** The id under which a client knows an event: it names its stream, so that each is resumed by itself. */
export function eventId({ streamId, number }: EventPlace): string {
  return `${streamId}_${number}`;
}

/** Reads what `eventId` gave; undefined for any other text. */
export function placeOf(id: string): EventPlace | undefined {
  const match = /^([A-Za-z0-9-]{1,64})_(\d{1,16})$/.exec(id);
  return match?.[1] === undefined ? undefined : { streamId: match[1], number: Number(match[2]) };
}
