/** How often a key was used, and when last. */
export class KeyUse {
  /** Uses that the store does not know of yet. */
  unwritten = 0;

  constructor(
    public count = 0,
    /** Milliseconds since 1970. */
    public lastAt?: number,
  ) {}

  note(): void {
    this.count += 1;
    this.unwritten += 1;
    this.lastAt = Date.now();
  }
}
