/** Work that runs one after another, in the order in which it was given: each begins by what the one before has left. */
export class OneAtATime {
  private last: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.last.then(work);
    this.last = turn.catch(() => undefined);
    return turn;
  }

  /** Resolves when all that was given by now is over. */
  async settled(): Promise<void> {
    await this.last;
  }
}
