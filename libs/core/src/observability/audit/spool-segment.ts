import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** Where a chain stands: its last line. */
export interface ChainHead {
  replica: string;
  seq: number;
  hash: string;
}

/** One file of the spool: a header that says where its chain stood before it, and then a line for each call. */
export interface Segment {
  number: number;
  path: string;
  replica: string;
  /** Bytes of its complete lines; what is behind them was torn off by a crash, and never answered. */
  size: number;
  /** Bytes of the header. */
  start: number;
}

export const NEWLINE = 0x0a;

const LONGEST_HEADER = 300;
const NAME = /^(\d{10})\.jsonl$/;
const HEADER = /^\{"segment":\d+,"replica":"([\w-]+)","afterSeq":(\d+),"afterHash":"([0-9a-f]{64})"\}\n/;
/** `s`: a caller's text may hold U+2028, which ends a line for regular expressions though not for JSON. */
const LINE = /^\{"hash":"([0-9a-f]{64})","replica":"([\w-]+)","seq":(\d+),(.*)\}$/s;

/** What a spool's line says of itself; `body` is what the call left. */
export interface SpooledLine extends ChainHead {
  body: string;
}

export function segmentPath(directory: string, number: number): string {
  return join(directory, `${String(number).padStart(10, '0')}.jsonl`);
}

/** Paths and numbers of the segments in a directory, oldest first. */
export function segmentsIn(directory: string): { number: number; path: string }[] {
  return readdirSync(directory)
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map((digits) => ({ number: Number(digits), path: join(directory, `${digits}.jsonl`) }))
    .sort((a, b) => a.number - b.number);
}

export function headerText(number: number, { replica, seq, hash }: ChainHead): string {
  return `{"segment":${number},"replica":"${replica}","afterSeq":${seq},"afterHash":"${hash}"}\n`;
}

/** Reads a segment that an earlier run left. Undefined where its header is not whole. */
export function readSegment(
  number: number,
  path: string,
  bytes: Buffer,
): { segment: Segment; head: ChainHead; intact: boolean } | undefined {
  const header = HEADER.exec(bytes.toString('latin1', 0, LONGEST_HEADER));
  if (!header) return undefined;
  const [{ length: start }, replica = '', seq, hash = ''] = header;
  const size = bytes.lastIndexOf(NEWLINE) + 1;
  const segment = { number, path, replica, size, start };
  const before = { replica, seq: Number(seq), hash };
  if (size === start) return { segment, head: before, intact: true };
  const last = readLine(bytes.toString('utf8', bytes.lastIndexOf(NEWLINE, size - 2) + 1, size - 1));
  return { segment, head: last ?? before, intact: last !== undefined };
}

/** A segment that was full when another one began; of it only the header is read. Undefined where that is not whole. */
export function earlierSegment(number: number, path: string): Segment | undefined {
  const file = openSync(path, 'r');
  try {
    const begin = Buffer.alloc(LONGEST_HEADER);
    const text = begin.toString('latin1', 0, readSync(file, begin));
    const [header, replica = ''] = HEADER.exec(text) ?? [];
    if (header === undefined) return undefined;
    return { number, path, replica, size: fstatSync(file).size, start: header.length };
  } finally {
    closeSync(file);
  }
}

/** One line of a segment; undefined for a text that is none. */
export function readLine(text: string): SpooledLine | undefined {
  const [, hash = '', replica = '', seq, body = ''] = LINE.exec(text) ?? [];
  return seq === undefined ? undefined : { hash, replica, seq: Number(seq), body };
}
