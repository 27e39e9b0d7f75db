import type { SessionEvent } from './session-store.js';

const MIB = 1024 * 1024;

interface Unkept {
  readonly sessionId: string;
  readonly event: SessionEvent;
}

/** Events that could not be written where all replicas find them, until they can be. The oldest go where there are too many. */
export class UnkeptEvents {
  private waiting: Unkept[] = [];
  private letters = 0;

  constructor(private readonly maxLetters = 16 * MIB) {}

  add(sessionId: string, event: SessionEvent): void {
    this.waiting.push({ sessionId, event });
    this.letters += event.data.length + OVERHEAD;
    for (let oldest; this.letters > this.maxLetters && (oldest = this.waiting.shift());) {
      this.letters -= oldest.event.data.length + OVERHEAD;
    }
  }

  /** All of them, in the order in which they came. */
  takeAll(): Unkept[] {
    const { waiting } = this;
    this.waiting = [];
    this.letters = 0;
    return waiting;
  }
}

const OVERHEAD = 256;
