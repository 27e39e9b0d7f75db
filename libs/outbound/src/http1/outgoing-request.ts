import { errors } from 'undici';
import { ofFrozen } from '../of-frozen.js';

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const ASCII = /^[\t\r\n\x20-\x7e]*$/;
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
  const { text, isAscii } = linesOf(headers);
  let head = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n${text}`;
  if (body !== null || withBody.has(method)) head += `content-length: ${Buffer.byteLength(body ?? '')}\r\n`;
  head += '\r\n';
  if (isAscii && typeof body === 'string') return head + body;
  if (isAscii && body === null) return head;
  // a header is written byte by byte
  return Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body ?? '')]);
}

const linesOf = ofFrozen((headers: OutgoingRequest['headers']) => {
  let text = '';
  for (const [name, value] of Object.entries(headers)) {
    if (!NAME.test(name)) throw new errors.InvalidArgumentError('invalid header key');
    if (!VALUE.test(value)) throw new errors.InvalidArgumentError(`invalid ${name} header`);
    text += `${name}: ${value}\r\n`;
  }
  return { text, isAscii: ASCII.test(text) };
});
