/** Lets work of one kind go on together, and work of another kind alone; each begins in the order in which it came. */
export class Gate {
  private alone: Promise<unknown> = Promise.resolve();
  private together = new Set<Promise<unknown>>();

  /** Waits for what goes on alone. */
  async withOthers<T>(work: () => Promise<T>): Promise<T> {
    const { together } = this;
    const run = this.alone.then(work);
    const over = run.catch(() => undefined);
    together.add(over);
    try {
      return await run;
    } finally {
      together.delete(over);
    }
  }

  /** Waits for all that has come before. */
  byItself<T>(work: () => Promise<T>): Promise<T> {
    const before = [this.alone, ...this.together];
    this.together = new Set();
    const run = Promise.all(before).then(work);
    this.alone = run.catch(() => undefined);
    return run;
  }
}

/**
 * Held by what could make a directory a repository in git's eyes, or bring one to another place, from its look at what is
 * there until it is done: two such changes may each be harmless, and both of them not.
 */
export const gitDirectories = new Gate();
