/** What a session keeps for clients that lost their connection. */
const KEPT_EVENTS = 1_000;
const KEPT_BYTES = 4 * 1024 * 1024;

interface LoggedEvent {
  readonly number: number;
  readonly streamId: string;
  readonly data: string;
}

/** The last events of a session's streams. An event's id names its stream, so that each is resumed by itself. */
export class EventLog {
  private readonly events: LoggedEvent[] = [];
  private bytes = 0;
  private last = 0;

  /** Keeps an event; answers its id. */
  append(streamId: string, data: string): string {
    this.last += 1;
    this.events.push({ number: this.last, streamId, data });
    this.bytes += data.length;
    while (this.events.length > KEPT_EVENTS || (this.bytes > KEPT_BYTES && this.events.length > 1)) {
      this.bytes -= this.events.shift()?.data.length ?? 0;
    }
    return `${streamId}_${this.last}`;
  }

  /** What came on the stream after the event, oldest first; empty events, which only carry an id, are left out. */
  after({ streamId, number }: EventPlace): { id: string; data: string }[] {
    return this.events
      .filter((event) => event.streamId === streamId && event.number > number && event.data !== '')
      .map((event) => ({ id: `${streamId}_${event.number}`, data: event.data }));
  }
}

export interface EventPlace {
  streamId: string;
  number: number;
}

/** Reads an id that `append` gave; undefined for any other text. */
export function placeOf(eventId: string): EventPlace | undefined {
  const match = /^([A-Za-z0-9-]{1,64})_(\d{1,15})$/.exec(eventId);
  return match?.[1] === undefined ? undefined : { streamId: match[1], number: Number(match[2]) };
}
