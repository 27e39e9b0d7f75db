/** How long a batch is handed on in a row; what is left then comes in the next turn. */
const LONGEST_MS = 4;

/** What is to follow the batch that is being handed on; undefined while none is. */
let following: (() => void)[] | undefined;

/**
 * Runs `work` once all that has come in this turn of the event loop was read: right after the batch that is being handed
 * on, where one is, and else at the turn's end. Another turn in between would ask the operating system for news once more,
 * which a single call waits for.
 */
export function afterReading(work: () => void): void {
  if (following) following.push(work);
  else setImmediate(work);
}

/**
 * Gathers what comes one by one in a turn of the event loop, and hands all of it on at the turn's end. The same work many
 * times in a row finds its code and data in the processor's caches; between other work it costs noticeably more. Where it is
 * much, it goes on in the next turn: what follows it, and others, wait no longer, and what it holds in memory is let go.
 */
export class TurnBatch<T> {
  private gathered: T[] = [];

  constructor(private readonly handOn: (item: T) => void) {}

  add(item: T): void {
    if (this.gathered.push(item) === 1) setImmediate(this.atEnd);
  }

  /** One that fails keeps no other back. */
  private readonly atEnd = (): void => {
    const { gathered } = this;
    this.gathered = [];
    following = [];
    try {
      each(gathered, this.handOn, (left) => this.goOnWith(left), performance.now() + LONGEST_MS);
    } finally {
      const after = following;
      following = undefined;
      each(after, run, (left) => left.forEach((work) => setImmediate(work)));
    }
  };

  private goOnWith(left: T[]): void {
    if (this.gathered.length === 0) setImmediate(this.atEnd);
    this.gathered = [...left, ...this.gathered];
  }
}

/** Does something with each item; what stands behind one that fails, or behind the time `until`, is put off. */
function each<T>(items: readonly T[], take: (item: T) => void, putOff: (left: T[]) => void, until?: number): void {
  let begun = 0;
  try {
    for (const item of items) {
      begun += 1;
      take(item);
      if (until !== undefined && performance.now() > until) return;
    }
  } finally {
    if (begun < items.length) putOff(items.slice(begun));
  }
}

function run(work: () => void): void {
  work();
}
