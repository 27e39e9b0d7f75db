/** How many of something each caller holds, up to a bound. */
export class CallerCounts {
  private readonly held = new Map<string, number>();

  constructor(private readonly max: number) {}

  /** False, and nothing taken, where the caller holds as many as it may. */
  take(callerId: string): boolean {
    const held = this.held.get(callerId) ?? 0;
    if (held >= this.max) return false;
    this.held.set(callerId, held + 1);
    return true;
  }

  give(callerId: string): void {
    const held = this.held.get(callerId) ?? 0;
    if (held > 1) this.held.set(callerId, held - 1);
    else this.held.delete(callerId);
  }
}
