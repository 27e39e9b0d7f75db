/** A wait that others may cut short; one at a time. */
export class Pause {
  private end: () => void = () => undefined;

  /** Resolves after so many milliseconds, or when it is cut short. */
  async wait(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.end = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  cut(): void {
    this.end();
  }
}
