import { hashOf } from './definition-hash.js';
import type { Definition } from './upstream.js';

/**
 * Tools that are listed no more, of those that wait for an admin and of the others; a server that lists other names each time
 * would else fill memory and the store.
 */
const MAX_GONE = 2_000;
/** What callers have that each list for themselves, together. */
const MAX_OF_CALLERS = 2_000;
/** A tool that none of them has listed for so long is gone. */
const UNSEEN_MS = 30 * 24 * 3_600_000;
/** How long a row's `lastSeenAt` may lag behind. */
const SEEN_EVERY_MS = 3_600_000;

/** One tool of an upstream, under its own name. */
export interface Pin {
  readonly tool: string;
  /** Of the approved definition. */
  readonly hash: string;
  readonly approved: Definition;
  /** What the upstream says now, where that is something else. */
  readonly pending: Definition | null;
  readonly listed: boolean;
  /** Whether it is known to ask its client. */
  readonly asks: boolean;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
}

/**
 * The tools of one upstream as they were first seen or last approved. A tool that changes is withheld until somebody
 * approves what it has become.
 */
export class ToolPins {
  private readonly pins = new Map<string, Pin>();
  private forgotten: string[] = [];

  all(): readonly Pin[] {
    return [...this.pins.values()];
  }

  get(tool: string): Pin | undefined {
    return this.pins.get(tool);
  }

  get quarantined(): number {
    return this.all().filter(({ pending, listed }) => listed && pending !== null).length;
  }

  /** Tools that may be offered, in the order of the upstream's list. */
  offered(): Pin[] {
    return this.all().filter(({ pending, listed }) => listed && pending === null);
  }

  /** Takes over what the store has: there, somebody may have approved what here was only seen. */
  adopt(rows: readonly Pin[]): Pin[] {
    const unknown = this.all().filter(({ tool }) => !rows.some((row) => row.tool === tool));
    for (const row of rows) {
      const seen = this.pins.get(row.tool);
      this.pins.set(row.tool, seen ? reconciled(row, seen) : row);
    }
    this.forgetGone();
    return unknown.filter(({ tool }) => this.pins.has(tool));
  }

  /** Compares a list with what is pinned. Answers what is new or has changed, to be kept. */
  see(definitions: readonly Definition[], asking: ReadonlySet<string>, now = new Date()): Pin[] {
    const before = new Map(this.pins);
    this.pins.clear();
    for (const definition of definitions) {
      const pin = seenAs(definition, before.get(definition.name), asking.has(definition.name), now);
      this.pins.set(pin.tool, pin);
    }
    for (const [tool, pin] of before) {
      if (!this.pins.has(tool)) this.pins.set(tool, pin.listed ? { ...pin, listed: false } : pin);
    }
    this.forgetGone();
    return this.all().filter((pin) => differs(pin, before.get(pin.tool)));
  }

  /**
   * The same with the list of one of several callers that each see tools of their own: of what is not in it, only what is
   * `gone` for all of them is listed no more.
   */
  seeOfCaller(
    definitions: readonly Definition[],
    gone: ReadonlySet<string>,
    asking: ReadonlySet<string>,
    now = new Date(),
  ): Pin[] {
    const before = new Map(this.pins);
    for (const definition of definitions) {
      const { name } = definition;
      this.pins.set(name, seenAs(definition, before.get(name), asking.has(name), now));
    }
    const listed = this.all().filter((pin) => pin.listed);
    const latest = listed.sort((a, b) => b.lastSeenAt.getTime() - a.lastSeenAt.getTime());
    for (const [n, pin] of latest.entries()) {
      const isUnseen = now.getTime() - pin.lastSeenAt.getTime() > UNSEEN_MS;
      if (gone.has(pin.tool) || isUnseen || n >= MAX_OF_CALLERS) this.pins.set(pin.tool, { ...pin, listed: false });
    }
    this.forgetGone();
    return this.all().filter((pin) => differs(pin, before.get(pin.tool)));
  }

  /** Names of tools that were forgotten since this was asked. */
  takeForgotten(): string[] {
    const { forgotten } = this;
    this.forgotten = [];
    return forgotten;
  }

  /** Notes which tools ask. Answers what has changed by it, to be kept. */
  markAsking(asking: ReadonlySet<string>): Pin[] {
    const found = this.all().filter(({ tool, asks }) => !asks && asking.has(tool));
    const changed = found.map((pin) => ({ ...pin, asks: true }));
    for (const pin of changed) this.pins.set(pin.tool, pin);
    return changed;
  }

  /** What a pin will be once its pending definition is approved. */
  approved({ pending, ...pin }: Pin): Pin {
    return pending ? { ...pin, approved: pending, hash: hashOf(pending), pending: null } : { ...pin, pending };
  }

  /** Takes over what was approved. Answers the pin; what the tool has become meanwhile is pending in it. */
  approve(approved: Pin): Pin {
    const seen = this.pins.get(approved.tool);
    const pin = seen ? reconciled(approved, seen) : approved;
    this.pins.set(pin.tool, pin);
    return pin;
  }

  /**
   * Drops what is gone beyond the bound, what was there for the shortest time first, so that no flood of new names makes one
   * forgotten that was trusted for long. What waits for an admin and what does not have a bound each: neither pushes out the
   * other.
   */
  private forgetGone(): void {
    const gone = this.all().filter(({ listed }) => !listed);
    const waits = ({ pending }: Pin) => pending !== null;
    for (const some of [gone.filter(waits), gone.filter((pin) => !waits(pin))]) {
      const over = some.length - MAX_GONE;
      if (over <= 0) continue;
      some.sort((a, b) => knownFor(a) - knownFor(b) || a.lastSeenAt.getTime() - b.lastSeenAt.getTime());
      for (const { tool } of some.slice(0, over)) {
        this.pins.delete(tool);
        this.forgotten.push(tool);
      }
    }
  }
}

function knownFor({ firstSeenAt, lastSeenAt }: Pin): number {
  return lastSeenAt.getTime() - firstSeenAt.getTime();
}

function seenAs(definition: Definition, pin: Pin | undefined, asks: boolean, now: Date): Pin {
  const { name: tool } = definition;
  const hash = hashOf(definition);
  if (!pin) {
    return { tool, hash, approved: definition, pending: null, listed: true, asks, firstSeenAt: now, lastSeenAt: now };
  }
  // what is not pinned of a definition may change
  const same = hash === pin.hash ? { approved: definition, pending: null } : { pending: definition };
  return { ...pin, ...same, listed: true, asks: asks || pin.asks, lastSeenAt: now };
}

function reconciled(row: Pin, seen: Pin): Pin {
  const now = seen.pending ?? seen.approved;
  const pending = hashOf(now) === row.hash ? null : now;
  return { ...row, pending, listed: seen.listed, asks: row.asks || seen.asks, lastSeenAt: seen.lastSeenAt };
}

function differs(pin: Pin, before: Pin | undefined): boolean {
  if (!before || pin.lastSeenAt.getTime() - before.lastSeenAt.getTime() > SEEN_EVERY_MS) return true;
  const { lastSeenAt: _, ...now } = pin;
  const { lastSeenAt: __, ...then } = before;
  return JSON.stringify(now) !== JSON.stringify(then);
}
