import type { EventPlace, SessionEvent } from './session-store.js';

/** What a session keeps for clients that lost their connection. */
export const KEPT_EVENTS = 1_000;
export const KEPT_BYTES = 4 * 1024 * 1024;

/** The last events of a session's streams. */
export class EventLog {
  private readonly events: SessionEvent[] = [];
  private bytes = 0;

  append(event: SessionEvent): void {
    this.events.push(event);
    this.bytes += event.data.length;
    // one without data takes no room, and must not push out what it ends
    if (event.data === '') return;
    while (this.events.length > KEPT_EVENTS || (this.bytes > KEPT_BYTES && this.events.length > 1)) {
      this.bytes -= this.events.shift()?.data.length ?? 0;
    }
  }

  after({ streamId, number }: EventPlace): SessionEvent[] | undefined {
    const events = this.events.filter((event) => event.streamId === streamId);
    return events.length > 0 ? events.filter((event) => event.number > number) : undefined;
  }
}
