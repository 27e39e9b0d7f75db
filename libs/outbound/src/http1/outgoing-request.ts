import { errors } from 'undici';

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const ASCII = /^[\t\x20-\x7e]*$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** A request with one of these says how long its body is, also where there is none (RFC 9110, 8.6). */
const withBody = new Set(['POST', 'PUT', 'PATCH']);

export interface OutgoingRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer | null;
}

/** A request as it is written: a text in UTF-8, or bytes. Throws where a header can't be sent. */
export function written(host: string, { method, path, headers, body }: OutgoingRequest): string | Buffer {
  let head = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n`;
  let isAscii = true;
  for (const name of Object.keys(headers)) {
    const value = headers[name] ?? '';
    if (!ASCII.test(value)) {
      isAscii = false;
      if (!VALUE.test(value)) throw new errors.InvalidArgumentError(`invalid ${name} header`);
    }
    if (!NAME.test(name)) throw new errors.InvalidArgumentError('invalid header key');
    head += `${name}: ${value}\r\n`;
  }
  if (body !== null || withBody.has(method)) head += `content-length: ${Buffer.byteLength(body ?? '')}\r\n`;
  head += '\r\n';
  if (isAscii && typeof body !== 'object') return head + body;
  if (isAscii && body === null) return head;
  // a header is written byte by byte
  return Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body ?? '')]);
}
