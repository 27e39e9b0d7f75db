import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { Deadline } from './deadline.js';
import type { Exchange } from './exchange.js';
import type { AnswerHead } from './http-answer.js';
import type { Hop } from './http-request.js';
import { encodingsOf, inflated, inflating } from './inflate.js';

/**
 * An answer whose head is there, and whose body is read once: as a whole, or as it comes in. It holds a connection until
 * that is done, or until it is dropped. What goes wrong meanwhile is an OperationError.
 */
export class OpenAnswer implements AnswerHead {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly url: URL;

  constructor(
    private readonly exchange: Exchange,
    private readonly hop: Hop,
    private readonly deadline: Deadline,
  ) {
    this.status = exchange.status;
    this.headers = exchange.headers;
    this.url = hop.url;
  }

  /** The whole body, within the time limit of the request. Rejects with `failed` past `maxBytes`, after inflating too. */
  async whole(maxBytes: number): Promise<Buffer> {
    const { exchange, deadline } = this;
    const { who } = this.hop;
    try {
      const body = await exchange.body(maxBytes);
      const encoding = this.headers['content-encoding'];
      if (encoding === undefined || body.length === 0) return body;
      return await deadline.race(inflated(body, encodingsOf(encoding, who), maxBytes, who));
    } finally {
      deadline.release();
    }
  }

  /** The body as it comes in, no faster than it is read and however long that takes. Destroying it breaks off. */
  async stream(maxBytes = Infinity): Promise<Readable> {
    const { exchange, deadline } = this;
    const raw = exchange.stream();
    raw.once('close', () => deadline.release());
    // an answer that breaks off while nobody reads it ends no gateway
    raw.on('error', () => undefined);
    try {
      const body = await inflating(raw, this.encodings, maxBytes, this.hop.who);
      deadline.lift();
      return body.on('error', () => undefined);
    } catch (error) {
      raw.destroy();
      throw error;
    }
  }

  /** Nobody wants the body. */
  drop(): void {
    this.exchange.discard();
    this.deadline.release();
  }

  private get encodings() {
    const isBodyless = this.hop.method === 'HEAD' || this.status === 204 || this.status === 304;
    return isBodyless ? [] : encodingsOf(this.headers['content-encoding'], this.hop.who);
  }
}
