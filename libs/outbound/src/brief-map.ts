/**
 * A Map for what comes and goes all the time, as requests under way do, some dozens at once. A real one makes itself anew
 * every few entries, and of its former selves each that has grown old keeps the next from being collected, and all that
 * came with it: under load most of the garbage collector's time went there. What is here is looked for one by one.
 */
export class BriefMap<K, V> {
  private readonly names: K[] = [];
  private readonly held: V[] = [];

  get size(): number {
    return this.names.length;
  }

  has(key: K): boolean {
    return this.names.includes(key);
  }

  get(key: K): V | undefined {
    // the newest are asked for most
    const place = this.names.lastIndexOf(key);
    return place === -1 ? undefined : this.held[place];
  }

  set(key: K, value: V): void {
    const place = this.names.lastIndexOf(key);
    if (place !== -1) {
      this.held[place] = value;
      return;
    }
    this.names.push(key);
    this.held.push(value);
  }

  /** Whether it was there. */
  delete(key: K): boolean {
    const place = this.names.indexOf(key);
    if (place === -1) return false;
    takeOut(this.names, place);
    takeOut(this.held, place);
    return true;
  }

  clear(): void {
    this.names.length = this.held.length = 0;
  }

  /** Those of now, the oldest first. */
  keys(): K[] {
    return [...this.names];
  }

  values(): V[] {
    return [...this.held];
  }
}

/** A splice would make a list of what it has taken out. */
function takeOut(list: unknown[], place: number): void {
  for (let i = place + 1; i < list.length; i += 1) list[i - 1] = list[i];
  list.pop();
}
