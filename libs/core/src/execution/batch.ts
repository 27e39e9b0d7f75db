/** Requests that come in one body: how many there may be, and how many of them run at a time. */
export const MAX_BATCH = 50;
const AT_ONCE = 8;
/** After so many milliseconds in a row others have their turn. */
const TURN_MS = 10;

/**
 * Does the work for each item, 8 at a time, and answers the results in the order of the items. Work that is over, as `ended`
 * tells it, makes room for the next, also where its result is not there yet: what runs no more waits for its line in the
 * audit, and lines that wait together are one write. What is done at once, such as a long list, does not hold up other requests for
 * longer than one of it takes.
 */
export async function inTurns<T, R>(
  items: readonly T[],
  work: (item: T, ended: () => void) => Promise<R>,
): Promise<R[]> {
  const places = new Places();
  const results: Promise<R>[] = [];
  let turnBegan = performance.now();
  for (const item of items) {
    if (!places.hasRoom) await places.left();
    if (performance.now() - turnBegan > TURN_MS) {
      await new Promise((resolve) => setImmediate(resolve));
      turnBegan = performance.now();
    }
    const leave = places.take();
    const result = work(item, leave);
    result.then(leave, leave);
    results.push(result);
  }
  return Promise.all(results);
}

/** Where the items of one batch run. */
class Places {
  private taken = 0;
  private whenLeft: (() => void) | undefined;

  get hasRoom(): boolean {
    return this.taken < AT_ONCE;
  }

  /** Resolves when the next place is left. */
  left(): Promise<void> {
    return new Promise((resolve) => (this.whenLeft = resolve));
  }

  /** Answers how to leave it, which counts once. */
  take(): () => void {
    this.taken += 1;
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      this.taken -= 1;
      this.whenLeft?.();
    };
  }
}
