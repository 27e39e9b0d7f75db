import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { HttpRequest } from '#libs/kit';
import type { RequestHead } from './request-head.js';

/** A request that came in through the lane, whole. */
export class LaneRequest implements HttpRequest {
  readonly method = 'POST';
  readonly complete = true;
  readonly url: string;
  readonly rawHeaders: string[];
  headers: IncomingHttpHeaders;
  /** Shares the head with others of its connection: whoever changes a header gives the request new ones. */
  constructor(
    head: RequestHead,
    readonly body: Buffer,
    readonly socket: Socket,
  ) {
    this.url = head.url;
    this.headers = head.headers;
    this.rawHeaders = head.rawHeaders;
  }
}
