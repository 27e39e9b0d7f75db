import type { IncomingHttpHeaders } from 'node:http';
import { brokenAnswer } from './broken-answer.js';

/** How long an idle connection is kept where its server does not say. */
export const KEEP_ALIVE_MS = 15_000;
const LONGEST_KEEP_ALIVE_MS = 600_000;
/** A connection is left alone so long before its server closes it: the two would cross on their way. */
const MARGIN_MS = 2_000;

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const LENGTH = /^\d{1,15}$/;

/** What tells the end of a body (RFC 9112, 6.3): its bytes, its chunks, or the end of the connection. */
type Framing = { readonly by: 'length'; readonly bytes: number } | { readonly by: 'chunks' | 'close' };

export interface AnswerHead {
  readonly status: number;
  /** Names in lower case, values byte by byte; what came several times is a list. */
  readonly headers: IncomingHttpHeaders;
  readonly framing: Framing;
  /** Milliseconds for which the connection may be used again; 0 where it may not. */
  readonly keptMs: number;
}

/** Reads a head without the empty line at its end. Throws for anything that RFC 9112 does not let a server send. */
export function readHead(text: string): AnswerHead {
  const [statusLine = '', ...lines] = text.split('\r\n');
  const [, minor, digits] = STATUS_LINE.exec(statusLine) ?? [];
  if (digits === undefined) throw brokenAnswer('no status line');
  const headers = headersIn(lines);
  const status = Number(digits);
  const isOld = minor === '0';
  // nobody asked for another protocol, and HTTP/1.0 knows nothing that comes before an answer
  if (status === 101 || (isOld && status < 200)) throw brokenAnswer('a status that it can not have');
  const framing = framingOf(status, isOld, headers);
  return { status, headers, framing, keptMs: framing.by === 'close' ? 0 : keptMs(isOld, headers) };
}

function headersIn(lines: readonly string[]): IncomingHttpHeaders {
  // no name means anything to an object without a prototype
  const headers = Object.create(null) as Record<string, string | string[]>;
  for (const line of lines) {
    const [name, value] = headerIn(line);
    const before = headers[name];
    if (before === undefined) headers[name] = value;
    else if (typeof before === 'string') headers[name] = [before, value];
    else before.push(value);
  }
  return Object.freeze(headers);
}

/** The name in lower case and the value of one line; throws where it is none. */
export function headerIn(line: string): [name: string, value: string] {
  const colon = line.indexOf(':');
  const name = line.slice(0, Math.max(colon, 0)).toLowerCase();
  const text = line.slice(colon + 1);
  if (!NAME.test(name) || !VALUE.test(text)) throw brokenAnswer('a line that is no header');
  return [name, trimmed(text)];
}

/** `trim` would also take what is a letter in some encoding. */
function trimmed(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && isBlank(text.charCodeAt(from))) from += 1;
  while (to > from && isBlank(text.charCodeAt(to - 1))) to -= 1;
  return text.slice(from, to);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** Where both kinds of framing stand in a head, or one stands twice, somebody on the way may have been led astray. */
function framingOf(status: number, isOld: boolean, headers: IncomingHttpHeaders): Framing {
  const { 'transfer-encoding': encoding, 'content-length': length } = headers as Record<string, string | string[]>;
  if (status < 200 || status === 204 || status === 304) return { by: 'length', bytes: 0 };
  if (encoding !== undefined) {
    const isChunked = typeof encoding === 'string' && encoding.toLowerCase() === 'chunked';
    if (!isChunked || isOld || length !== undefined) throw brokenAnswer('an unknown framing');
    return { by: 'chunks' };
  }
  if (length === undefined) return { by: 'close' };
  if (typeof length !== 'string' || !LENGTH.test(length)) throw brokenAnswer('a content-length that is none');
  return { by: 'length', bytes: Number(length) };
}

function keptMs(isOld: boolean, headers: IncomingHttpHeaders): number {
  const words = listed(headers.connection);
  if (words.includes('close') || (isOld && !words.includes('keep-alive'))) return 0;
  const [, seconds] = /timeout=(\d{1,9})/.exec(String(headers['keep-alive'] ?? '')) ?? [];
  if (seconds === undefined) return KEEP_ALIVE_MS;
  return Math.max(0, Math.min(Number(seconds) * 1_000 - MARGIN_MS, LONGEST_KEEP_ALIVE_MS));
}

function listed(header: string | string[] | undefined): string[] {
  return String(header ?? '')
    .toLowerCase()
    .split(',')
    .map((word) => word.trim());
}
