import type { SessionEvent } from './session-store.js';

export interface QueuedEvent {
  readonly bytes: number;
  /** Undefined for one that is kept no more; its place in a queue is left later. */
  event: SessionEvent | undefined;
}

/** A queue that is mostly empty places is made anew. */
const WORTH_CLEARING = 64;

/** Events in the order in which they came, and how many bytes they take. An event may be in several queues. */
export class EventQueue<T extends QueuedEvent> {
  private places: T[] = [];
  private first = 0;
  private events = 0;
  private bytes = 0;

  constructor(private readonly maxBytes: number) {}

  get isEmpty(): boolean {
    return this.events === 0;
  }

  /** The oldest one, while there are too many. */
  get overdue(): T | undefined {
    if (this.bytes <= this.maxBytes) return undefined;
    while (this.first < this.places.length && this.places[this.first]?.event === undefined) this.first += 1;
    return this.places[this.first];
  }

  add(event: T): void {
    this.places.push(event);
    this.events += 1;
    this.bytes += event.bytes;
  }

  /** Counts off one that is kept no more. */
  remove({ bytes }: T): void {
    this.events -= 1;
    this.bytes -= bytes;
    if (this.places.length < Math.max(WORTH_CLEARING, 2 * this.events)) return;
    this.places = this.places.filter(({ event }) => event !== undefined);
    this.first = 0;
  }
}
