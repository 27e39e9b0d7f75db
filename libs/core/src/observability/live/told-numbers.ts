/** The numbers that events of one name were given, from 1, and which of them are forgotten. */
export class ToldNumbers {
  /** Number of the newest event; 0 before the first. */
  last = 0;
  /** Number of the newest event that is kept no longer, or was never heard of here. */
  private missed = 0;

  /** An event with this number is kept. */
  note(seq: number): void {
    if (seq > this.last) this.last = seq;
  }

  noteMissed(seq: number): void {
    if (seq > this.missed) this.missed = seq;
  }

  /**
   * After which number what came after an event begins, and whether that is all of it: it is not where some are forgotten,
   * nor where the gateway began to count anew since. Then the number is one that there never was, and all are answered.
   */
  after(seq: number): { from: number; complete: boolean } {
    const known = seq <= this.last;
    return { from: known ? seq : 0, complete: known && seq >= this.missed };
  }
}
