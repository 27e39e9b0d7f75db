import type { IncomingHttpHeaders } from 'node:http';

/** What the head of a request says that the lane understands to the last byte, but for the length of the body. */
export interface RequestHead {
  readonly url: string;
  /** Without `content-length`, which is another one in the next request. */
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turns, as they came; of the same headers. */
  readonly rawHeaders: string[];
}

/** Where a head tells how long the body is that follows it, as places in its text. */
export interface ToldLength {
  readonly bodyBytes: number;
  /** Of the number. */
  readonly start: number;
  readonly end: number;
  /** All else of the head. */
  readonly rest: string;
}

const REQUEST_LINE = /^POST (\/[\x21-\x7e]*) HTTP\/1\.1$/;
const NAME = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const LENGTH = /(\r\nContent-Length:[ \t]*)(\d{1,9})[ \t]*(?=\r\n|$)/i;
const SPACE = 0x20;
const TAB = 0x09;

/** What changes how a message is read, or what becomes of its connection; and a length that is told once more. */
const unusual = new Set([
  'transfer-encoding',
  'content-encoding',
  'content-length',
  'expect',
  'upgrade',
  'trailer',
  'te',
]);

/** Finds the length in a head; undefined where it tells none, or in a way that is not plain. */
export function findLength(text: string): ToldLength | undefined {
  const found = LENGTH.exec(text);
  if (!found) return undefined;
  const { index } = found;
  const [line, name = '', digits = ''] = found;
  const start = index + name.length;
  return {
    bodyBytes: Number(digits),
    start,
    end: start + digits.length,
    rest: text.slice(0, index) + text.slice(index + line.length),
  };
}

/**
 * Reads a head as RFC 9112 (HTTP/1.1) has it, given as Latin-1 without the line of its length and without the empty line that
 * ends it. Undefined for all that is not a POST of plain bytes: what is malformed, what is told twice, and what is merely
 * rare. That is no refusal: node's own parser then reads the same bytes from the beginning, and what it says holds.
 */
export function readHead(text: string): RequestHead | undefined {
  const [first = '', ...lines] = text.split('\r\n');
  const url = REQUEST_LINE.exec(first)?.[1];
  if (url === undefined) return undefined;
  const headers: IncomingHttpHeaders = {};
  const rawHeaders: string[] = [];
  for (const line of lines) {
    const colon = line.indexOf(':');
    const rawName = line.slice(0, colon);
    const value = withoutBlanks(line.slice(colon + 1));
    const name = rawName.toLowerCase();
    // a name that every object has counts as told twice
    if (colon < 1 || !NAME.test(rawName) || !VALUE.test(value) || headers[name] !== undefined || unusual.has(name))
      return undefined;
    headers[name] = value;
    rawHeaders.push(rawName, value);
  }
  const { host, connection } = headers;
  if (!host) return undefined;
  if (connection !== undefined && connection.toLowerCase() !== 'keep-alive') return undefined;
  return { url, headers, rawHeaders };
}

/** Without spaces and tabs around it, which are the only ones that don't belong to a value. */
function withoutBlanks(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(value.charCodeAt(start))) start += 1;
  while (end > start && isBlank(value.charCodeAt(end - 1))) end -= 1;
  return value.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}
