/** So many may work at once; others wait in line, and leave it as soon as they give up. */
export class Places {
  private readonly line = new Set<() => void>();

  constructor(
    private free: number,
    /** How many may wait, and what the next one is told. */
    private readonly most?: { waiting: number; refusal: () => Error },
  ) {}

  /** Does `work` as soon as there is a place. Rejects with the reason of `signal` where that aborts before. */
  async with<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    if (this.free > 0) this.free--;
    else if (this.most && this.line.size >= this.most.waiting) throw this.most.refusal();
    else await this.inLine(signal);
    try {
      return await work();
    } finally {
      this.pass();
    }
  }

  private inLine(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        this.line.delete(begin);
        reject(signal.reason as Error);
      };
      this.line.add(begin);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  /** Hands a place that is free again to the first in line. */
  private pass(): void {
    const [next] = this.line;
    if (!next) {
      this.free++;
      return;
    }
    this.line.delete(next);
    next();
  }
}
