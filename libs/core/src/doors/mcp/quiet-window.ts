/** A server that asks several things at once may send them one by one. */
const QUIET_MS = 10;
const LONGEST_MS = 200;

/** Calls back once nothing more has come for some milliseconds, at the latest some time after the first. */
export class QuietWindow {
  private timer: NodeJS.Timeout | undefined;
  private latest = 0;
  private count = 0;

  constructor(private readonly done: () => void) {}

  /** Something has come. */
  note(): void {
    const now = performance.now();
    if (!this.timer) this.latest = now + LONGEST_MS;
    this.count += 1;
    const { count } = this;
    const quiet = () => {
      if (count === this.count || performance.now() >= this.latest) this.end();
    };
    clearTimeout(this.timer);
    // on a busy machine what came in time may still wait to be read
    this.timer = setTimeout(() => setImmediate(quiet), Math.max(0, Math.min(QUIET_MS, this.latest - now)));
  }

  private end(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.done();
  }
}
