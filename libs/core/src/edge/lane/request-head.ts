import type { IncomingHttpHeaders } from 'node:http';

/** The head of a request that the lane understands, to the last byte. */
export interface RequestHead {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turns, as they came. */
  readonly rawHeaders: string[];
  /** Of the body that follows it. */
  readonly bodyBytes: number;
}

const REQUEST_LINE = /^POST (\/[\x21-\x7e]*) HTTP\/1\.1$/;
const NAME = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const LENGTH = /^\d{1,9}$/;
const SPACE = 0x20;
const TAB = 0x09;

/** What changes how a message is read, or what becomes of its connection. */
const unusual = new Set(['transfer-encoding', 'content-encoding', 'expect', 'upgrade', 'trailer', 'te']);

/**
 * Reads a head as RFC 9112 (HTTP/1.1) has it, given without the empty line that ends it, as Latin-1. Undefined for all that
 * is not a POST of plain bytes whose length is told: what is malformed, what is told twice, and what is merely rare. That is
 * no refusal: node's own parser then reads the same bytes from the beginning, and what it says holds.
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
  const { host, connection, 'content-length': length } = headers;
  if (!host || !length || !LENGTH.test(length)) return undefined;
  if (connection !== undefined && connection.toLowerCase() !== 'keep-alive') return undefined;
  return { url, headers, rawHeaders, bodyBytes: Number(length) };
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
