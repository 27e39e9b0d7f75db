import { constants } from 'node:fs';
import { open, readdir, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { rankOf, type LogEntry } from './log-entry.js';
import { LOG_FILE } from './log-files.js';

/** Read for one question, all files together. */
const MAX_BYTES = 8 * 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;

/**
 * The entries of our own log files from the newest to the oldest, as far back as one question may read. `wanted` spares
 * reading a line as JSON where its text alone rules it out.
 */
export async function* readLogFiles(directory: string, wanted: (line: string) => boolean): AsyncGenerator<LogEntry> {
  let left = MAX_BYTES;
  for (const name of await namesIn(directory)) {
    for await (const { lines, bytes } of chunksOf(join(directory, name), left)) {
      left -= bytes;
      for (const line of lines.reverse()) {
        const entry = wanted(line) ? entryOf(line) : undefined;
        if (entry) yield entry;
      }
    }
    if (left <= 0) return;
  }
}

/** The newest first: by day, then by number. */
async function namesIn(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch(() => []);
  return names
    .filter((name) => LOG_FILE.test(name))
    .map((name) => ({ name, day: name.slice(0, 18), part: Number(/\.(\d+)\.log$/.exec(name)?.[1] ?? 0) }))
    .sort((a, b) => (a.day === b.day ? b.part - a.part : a.day < b.day ? 1 : -1))
    .map(({ name }) => name);
}

/** Whole lines from the end of a file to its beginning, a piece at a time; nothing for what is no plain file. */
async function* chunksOf(path: string, most: number): AsyncGenerator<{ lines: string[]; bytes: number }> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    () => undefined,
  );
  if (!file) return;
  try {
    const stat = await file.stat();
    let end = stat.isFile() ? stat.size : 0;
    const start = Math.max(0, end - most);
    let rest: Buffer = Buffer.alloc(0);
    while (end > start) {
      const from = Math.max(start, end - CHUNK_BYTES);
      const piece = Buffer.concat([await readAt(file, from, end - from), rest]);
      const firstEnd = from === 0 ? -1 : piece.indexOf(10);
      rest = firstEnd === -1 ? (from === 0 ? Buffer.alloc(0) : piece) : piece.subarray(0, firstEnd + 1);
      const whole = from === 0 ? piece : piece.subarray(rest.length);
      yield { lines: whole.toString('utf8').split('\n'), bytes: end - from };
      end = from;
    }
  } finally {
    await file.close();
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}

/** Undefined for a line that is torn or not ours. */
function entryOf(line: string): LogEntry | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const entry = JSON.parse(line) as LogEntry;
    return typeof entry.time === 'string' && entry.level in rankOf && typeof entry.message === 'string'
      ? entry
      : undefined;
  } catch {
    return undefined;
  }
}
