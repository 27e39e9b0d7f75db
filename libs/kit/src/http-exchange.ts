import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeader, OutgoingHttpHeaders } from 'node:http';

/** A request as far as the doors look at it: one of node:http, or one of the gateway's own lane. */
export type HttpRequest = Pick<IncomingMessage, 'method' | 'url' | 'rawHeaders' | 'socket' | 'complete'> & {
  headers: IncomingHttpHeaders;
};

/** Its answer, as far as the doors use it; node:http's own is one. */
export interface HttpResponse {
  readonly req: HttpRequest;
  readonly statusCode: number;
  readonly headersSent: boolean;
  /** Whether its connection is gone. */
  readonly destroyed: boolean;
  readonly writableEnded: boolean;
  /** Whether all of it has been handed to the system. */
  readonly writableFinished: boolean;
  /** Bytes that the client has not taken yet. */
  readonly writableLength: number;
  getHeader(name: string): OutgoingHttpHeader | undefined;
  setHeader(name: string, value: string): unknown;
  writeHead(status: number, headers: OutgoingHttpHeaders): Pick<HttpResponse, 'end'>;
  flushHeaders(): void;
  write(text: string): boolean;
  end(text?: string): unknown;
  destroy(): unknown;
  /** Tells when it is over: all of it has left, or its client has. */
  once(event: 'close', listener: () => void): unknown;
  off(event: 'close', listener: () => void): unknown;
}
