import type { FileHandle } from 'node:fs/promises';

/** Whole lines from the middle of a file. */
export interface LinePage {
  bytes: Buffer;
  lines: number;
  /** More of the file follows. */
  more: boolean;
}

interface Range {
  /** Lines to skip. */
  offset: number;
  /** Lines at most. */
  limit: number;
  /** Of a page of several lines. */
  pageBytes: number;
  /** Of a page of one line. */
  lineBytes: number;
}

const CHUNK_BYTES = 64 * 1024;
const NEWLINE = 10;

/**
 * Reads whole lines, a chunk at a time, so that neither memory nor the event loop knows how large the file is.
 *
 * @returns undefined where the first line alone is longer than `lineBytes`
 */
export async function readLines(file: FileHandle, range: Range, signal: AbortSignal): Promise<LinePage | undefined> {
  const start = await skipLines(file, range.offset, signal);
  const attempts = [
    { room: range.pageBytes, limit: range.limit },
    { room: range.lineBytes, limit: 1 },
  ];
  for (const { room, limit } of attempts) {
    const bytes = await readAt(file, start, room + 1);
    const atEnd = bytes.length <= room;
    const page = wholeLines(bytes.subarray(0, room), limit, atEnd);
    if (page.lines > 0 || atEnd) return { ...page, more: !atEnd || page.bytes.length < bytes.length };
  }
  return undefined;
}

/** Reads so many bytes from a position on, or as many as there are. */
export async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/** The position at which the line after `count` others begins; the end of the file where there are fewer. */
async function skipLines(file: FileHandle, count: number, signal: AbortSignal): Promise<number> {
  if (count === 0) return 0;
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let skipped = 0;
  for (let position = 0; ;) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, position);
    if (bytesRead === 0) return position;
    const read = chunk.subarray(0, bytesRead);
    for (let end = read.indexOf(NEWLINE); end !== -1; end = read.indexOf(NEWLINE, end + 1)) {
      if (++skipped === count) return position + end + 1;
    }
    position += bytesRead;
  }
}

function wholeLines(bytes: Buffer, limit: number, atEnd: boolean): { bytes: Buffer; lines: number } {
  let lines = 0;
  let end = 0;
  while (lines < limit && end < bytes.length) {
    const newline = bytes.indexOf(NEWLINE, end);
    if (newline === -1 && !atEnd) break;
    end = newline === -1 ? bytes.length : newline + 1;
    lines++;
  }
  return { bytes: bytes.subarray(0, end), lines };
}
