import type { SessionEvent } from './session-store.js';

const MIB = 1024 * 1024;
/** What an event takes besides its text. */
const OVERHEAD = 256;

interface Unkept {
  readonly sessionId: string;
  readonly event: SessionEvent;
}

/** Events that could not be written where all replicas find them, until they can be. The oldest go where there are too many. */
export class UnkeptEvents {
  private waiting: Unkept[] = [];
  private letters = 0;

  constructor(private readonly maxLetters = 16 * MIB) {}

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  add(...events: Unkept[]): void {
    this.waiting.push(...events);
    for (const each of events) this.letters += lettersOf(each);
    this.dropOldest();
  }

  /** The oldest ones, at most so many. */
  take(count: number): Unkept[] {
    const taken = this.waiting.splice(0, count);
    for (const each of taken) this.letters -= lettersOf(each);
    return taken;
  }

  /** Puts back what was taken and could not be written after all. */
  giveBack(taken: readonly Unkept[]): void {
    this.waiting.unshift(...taken);
    for (const each of taken) this.letters += lettersOf(each);
    this.dropOldest();
  }

  private dropOldest(): void {
    let count = 0;
    for (; this.letters > this.maxLetters; count += 1) {
      const oldest = this.waiting[count];
      if (!oldest) break;
      this.letters -= lettersOf(oldest);
    }
    if (count > 0) this.waiting.splice(0, count);
  }
}

function lettersOf({ event }: Unkept): number {
  return event.data.length + OVERHEAD;
}
