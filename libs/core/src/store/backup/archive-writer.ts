import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { Header } from 'tar';

export interface ArchiveEntry {
  name: string;
  /** Bytes; known before the content is read, since tar wants it first. */
  size: number;
  content: AsyncIterable<Buffer>;
}

export const BLOCK = 512;

/** Writes a .tar.gz that only its owner may read. It appears when it is complete, or not at all. */
export async function writeArchive(
  path: string,
  entries: AsyncIterable<ArchiveEntry>,
  signal: AbortSignal,
): Promise<void> {
  const temporary = `${path}.${randomUUID()}.partial`;
  try {
    // Opened before the pipeline: a stream that opens its own file may make it after a failure has been tidied up.
    const file = await open(temporary, 'wx', 0o600);
    await pipeline(tarBytes(entries), createGzip(), file.createWriteStream({ flush: true }), { signal });
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function* tarBytes(entries: AsyncIterable<ArchiveEntry>): AsyncGenerator<Buffer> {
  for await (const { name, size, content } of entries) {
    yield headerOf(name, size);
    let left = size;
    for await (const bytes of content) {
      left -= bytes.length;
      yield bytes;
    }
    if (left !== 0) throw new Error(`${name} changed while it was read`);
    yield Buffer.alloc(paddingOf(size));
  }
  yield Buffer.alloc(2 * BLOCK);
}

function headerOf(name: string, size: number): Buffer {
  const header = new Header({ path: name, size, mode: 0o600, type: 'File', mtime: new Date() });
  header.encode();
  if (!header.block || header.needPax) throw new Error(`${name} has no place in an archive`);
  return header.block;
}

/** What fills the last block of an entry. */
export function paddingOf(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}
