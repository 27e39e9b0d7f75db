import { PARTS } from './window-script.js';

/** A lease ends when its units would else be held back from other replicas for long. */
const MAX_LEASE_MS = 1_000;
/** Units that are leased beyond those who wait, at most. */
const MAX_MORE = 10_000;

/** A window that all replicas count in. */
export interface SharedWindow {
  /** The same at every replica. */
  readonly key: string;
  readonly lengthMs: number;
  /** Units; 1 or more. */
  readonly limit: number;
  /** Told what all replicas have taken of it, as it is known until a moment, where that was heard lately. */
  hear(units: number, until: number): void;
}

/** That a window holds as much as it may. */
export interface Used {
  readonly window: SharedWindow;
  readonly retryAfterMs: number;
}

export type Answer = readonly [granted: number, waitMs: number, taken: number, part: string];

/** What this replica holds of one window: units that it may use until a moment, and what it used without asking. */
export class Lease {
  /** Calls that wait for a unit; undefined tells them that they have one. */
  readonly waiting: ((used: Used | undefined) => void)[] = [];
  isAsking = false;
  private units = 0;
  private endsAt = 0;
  private part = '0';
  private more = 0;
  private usedAlone = 0;
  private told = 0;
  private askAgainAt = 0;
  private freeAt = 0;
  private takenByAll = 0;
  private knownUntil = 0;

  constructor(private window: SharedWindow) {}

  get key(): string {
    return this.window.key;
  }

  /** Limits change while the gateway runs. */
  see(window: SharedWindow): void {
    this.window = window;
  }

  /** Tells its window what all replicas have taken, where that was heard lately. */
  tell(now: number): void {
    if (now < this.knownUntil) this.window.hear(this.takenByAll - this.unused(now), this.knownUntil);
  }

  unused(now: number): number {
    return now < this.endsAt ? this.units : 0;
  }

  use(): void {
    this.units -= 1;
  }

  giveBack(): void {
    this.units += 1;
  }

  useAlone(): void {
    this.usedAlone += 1;
  }

  /** That nothing was free when it was asked for lately. */
  full(now: number): Used | undefined {
    return now < this.askAgainAt ? { window: this.window, retryAfterMs: Math.max(1, this.freeAt - now) } : undefined;
  }

  isIdle(now: number): boolean {
    return this.units === 0 && this.usedAlone === 0 && this.waiting.length === 0 && !this.full(now);
  }

  /** Whether it holds units that nobody may use any more, which belong to all again. */
  hasExpired(now: number): boolean {
    return this.units > 0 && now >= this.endsAt;
  }

  /** What the script is asked with; what is told by it is no longer held here. */
  question(now: number): (string | number)[] {
    const { lengthMs, limit } = this.window;
    const back = this.hasExpired(now) ? this.units : 0;
    this.told = this.usedAlone;
    this.usedAlone = 0;
    this.units -= back;
    const needed = this.waiting.length;
    return [lengthMs, limit, this.lengthMs, needed, needed > 0 ? this.more : 0, this.told, back, this.part];
  }

  /** Gives what was granted to those who waited; the rest of them is refused. */
  take([granted, waitMs, taken, part]: Answer, needed: number, askedAt: number, now: number): void {
    this.takenByAll = taken;
    this.knownUntil = now + this.lengthMs;
    if (granted > 0) {
      this.units += granted;
      this.part = part;
      this.endsAt = askedAt + this.lengthMs;
    }
    const served = Math.min(granted, needed);
    // whoever asks all the time is given more at once, and whoever seldom does, nothing that would be lost
    this.more = granted > 0 ? Math.min(MAX_MORE, 2 * this.more + 1) : 0;
    if (served < needed) {
      this.freeAt = now + waitMs;
      // sooner, since others may give back what they don't use
      this.askAgainAt = now + Math.min(waitMs, this.lengthMs);
    }
    for (const tell of this.waiting.splice(0, served)) {
      this.units -= 1;
      tell(undefined);
    }
    const used = { window: this.window, retryAfterMs: Math.max(1, waitMs) };
    for (const tell of this.waiting.splice(0, needed - served)) tell(used);
  }

  /** Nobody answers: whoever waits goes on, counted by this replica alone. */
  goOnAlone(): void {
    this.usedAlone += this.told;
    for (const tell of this.waiting.splice(0)) {
      this.usedAlone += 1;
      tell(undefined);
    }
  }

  /** To be called when it was not used up in time: its caller needs no more at once. */
  rest(): void {
    this.more = 0;
  }

  private get lengthMs(): number {
    return Math.min(MAX_LEASE_MS, Math.floor(this.window.lengthMs / PARTS));
  }
}
