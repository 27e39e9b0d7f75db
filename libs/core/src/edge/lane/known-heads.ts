import { markOf, type HeadPattern } from './head-pattern.js';
import { readHead, type RequestHead } from './request-head.js';

/** Heads of one generation, of which there are two. */
const MOST = 256;
const LONGEST = 2 * 1024;

/**
 * What the heads mean that came lately, over any connection: behind a proxy many callers share one, and each request has
 * another head than the one before. Heads that differ in the length of the body alone are one: hardly two bodies have the same.
 * They hold credentials, so `forgetOlder` is to be called now and then.
 */
export class KnownHeads {
  private readonly texts = new Generations<string, RequestHead>();
  private readonly patterns = new Generations<number, HeadPattern>();

  /** As `readHead`: a head without its length. */
  read(text: string): RequestHead | undefined {
    const known = this.texts.get(text);
    if (known) return known;
    const head = readHead(text);
    if (head && comesAgain(head) && text.length <= LONGEST) this.texts.set(text, head);
    return head;
  }

  /** The one that bytes begin with, where its length is told at `lengthAt`; not even its text is made. */
  find(bytes: Buffer, lengthAt: number): HeadPattern | undefined {
    const pattern = this.patterns.get(markOf(bytes, lengthAt));
    return pattern?.fits(bytes) === true ? pattern : undefined;
  }

  /** Has a head found by its bytes. */
  learn(pattern: HeadPattern): void {
    if (comesAgain(pattern.head) && pattern.size <= LONGEST) this.patterns.set(pattern.mark, pattern);
  }

  /** Of what came before the last time, all that has not come since. */
  forgetOlder(): void {
    this.texts.forgetOlder();
    this.patterns.forgetOlder();
  }
}

/** What was asked for lately: the recent, and what has not been asked for since they began. */
class Generations<K, V> {
  private recent = new Map<K, V>();
  private older = new Map<K, V>();

  get(key: K): V | undefined {
    const recent = this.recent.get(key);
    if (recent !== undefined) return recent;
    const older = this.older.get(key);
    if (older !== undefined) this.set(key, older);
    return older;
  }

  set(key: K, value: V): void {
    if (this.recent.size >= MOST) this.forgetOlder();
    this.recent.set(key, value);
  }

  forgetOlder(): void {
    this.older = this.recent;
    this.recent = new Map();
  }
}

/** Whether nothing in it is of one request alone. */
function comesAgain({ headers }: RequestHead): boolean {
  return headers['x-request-id'] === undefined && headers.traceparent === undefined;
}
