const AGAIN_AFTER_MS = 1_000;

/** Work that must be done since it was asked for: tried again until it succeeds, however often it was asked for meanwhile. */
export class DueWork {
  private isDue = false;
  private running = false;
  /** What the last failure said; undefined after a success. */
  private problem: string | undefined;
  private isStopped = false;
  private timer: NodeJS.Timeout | undefined;

  /** `onFailure` hears of the first of several failures in a row that say the same. */
  constructor(
    private readonly work: () => Promise<void>,
    private readonly onFailure: (error: unknown) => void = () => undefined,
  ) {}

  get isRunning(): boolean {
    return this.running;
  }

  /** Begins at once; what runs already may have begun too early, so it is done once more. */
  ask(): void {
    this.isDue = true;
    void this.run();
  }

  /** What fails from now on is given up. */
  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  private async run(): Promise<void> {
    if (this.running) return;
    clearTimeout(this.timer);
    this.running = true;
    while (this.isDue) {
      this.isDue = false;
      try {
        await this.work();
        this.problem = undefined;
      } catch (error) {
        const before = this.problem;
        this.problem = String(error);
        if (this.problem !== before) this.onFailure(error);
        if (!this.isStopped) this.tryAgain();
        break;
      }
    }
    this.running = false;
  }

  private tryAgain(): void {
    this.isDue = true;
    this.timer = setTimeout(() => void this.run(), AGAIN_AFTER_MS).unref();
  }
}
