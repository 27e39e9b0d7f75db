import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { Header } from 'tar';
import { BLOCK, paddingOf, type ArchiveEntry } from './archive-writer.js';

/** The entries of a .tar.gz of our own making, one after another: plain files only. Throws where it is anything else. */
export async function* readArchive(path: string): AsyncGenerator<ArchiveEntry, undefined> {
  const gunzip = createGunzip();
  // Its failures arrive where gunzip is read.
  pipeline(createReadStream(path), gunzip).catch(() => undefined);
  const bytes = new ByteReader(gunzip);
  try {
    for (;;) {
      const block = await bytes.take(BLOCK);
      const header = new Header(block);
      if (header.nullBlock) return;
      const { path: name, size } = header;
      if (!header.cksumValid || header.type !== 'File' || name === undefined || size === undefined || size < 0) {
        throw new Error('it holds something else than plain files');
      }
      const content = bytes.stream(size);
      yield { name, size, content };
      await passOver(content);
      await bytes.take(paddingOf(size));
    }
  } finally {
    gunzip.destroy();
  }
}

/** Hands out a stream in pieces of a wanted length. */
class ByteReader {
  private readonly source: AsyncIterator<Buffer>;
  private held: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.source = source[Symbol.asyncIterator]();
  }

  async take(count: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of this.stream(count)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  async *stream(count: number): AsyncGenerator<Buffer> {
    for (let left = count; left > 0;) {
      if (this.held.length === 0) {
        const next = await this.source.next();
        if (next.done) throw new Error('it ends too early');
        this.held = next.value;
      }
      const piece = this.held.subarray(0, left);
      this.held = this.held.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }
}

/** Reads content to its end for nothing. */
export async function passOver(content: AsyncIterable<Buffer>): Promise<void> {
  const pieces = content[Symbol.asyncIterator]();
  while ((await pieces.next()).done !== true);
}
