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
  private recent = new Map<string, RequestHead>();
  private older = new Map<string, RequestHead>();

  /** As `readHead`: a head without its length. */
  read(text: string): RequestHead | undefined {
    const known = this.recent.get(text);
    if (known) return known;
    const head = this.older.get(text) ?? readHead(text);
    if (head && comesAgain(head) && text.length <= LONGEST) this.keep(text, head);
    return head;
  }

  /** Of what came before the last time, all that has not come since. */
  forgetOlder(): void {
    this.older = this.recent;
    this.recent = new Map();
  }

  private keep(text: string, head: RequestHead): void {
    if (this.recent.size >= MOST) this.forgetOlder();
    this.recent.set(text, head);
  }
}

/** Whether nothing in it is of one request alone. */
function comesAgain({ headers }: RequestHead): boolean {
  return headers['x-request-id'] === undefined && headers.traceparent === undefined;
}
