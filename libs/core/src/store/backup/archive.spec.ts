import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { temporaryDirectory } from '../testing/child-programs.js';
import { readArchive } from './archive-reader.js';
import { writeArchive, type ArchiveEntry } from './archive-writer.js';

const directory = temporaryDirectory();
const path = join(directory, 'archive.tar.gz');
const never = new AbortController().signal;

afterAll(() => rmSync(directory, { recursive: true }));

async function* pieces(...all: Buffer[]): AsyncGenerator<Buffer> {
  yield* all;
}

async function* entriesOf(contents: readonly Uint8Array[]): AsyncGenerator<ArchiveEntry> {
  for (const [index, bytes] of contents.entries()) {
    const middle = Math.floor(bytes.length / 2);
    const halves = [Buffer.from(bytes.subarray(0, middle)), Buffer.from(bytes.subarray(middle))];
    yield { name: `entry-${index}`, size: bytes.length, content: pieces(...halves) };
  }
}

async function contentsOf(file: string): Promise<Buffer[]> {
  const contents: Buffer[] = [];
  for await (const { content } of readArchive(file)) {
    const held: Buffer[] = [];
    for await (const bytes of content) held.push(bytes);
    contents.push(Buffer.concat(held));
  }
  return contents;
}

it('reads back whatever it wrote', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 2_000 }), { maxLength: 6 }), async (contents) => {
      await writeArchive(path, entriesOf(contents), never);
      expect(await contentsOf(path)).toEqual(contents.map((bytes) => Buffer.from(bytes)));
    }),
    { numRuns: 40 },
  );
});

it('passes over entries that nobody reads', async () => {
  await writeArchive(path, entriesOf([Buffer.alloc(513), Buffer.alloc(512), Buffer.alloc(0)]), never);
  const names: string[] = [];
  for await (const { name } of readArchive(path)) names.push(name);
  expect(names).toEqual(['entry-0', 'entry-1', 'entry-2']);
});

it('is a file that tar itself reads, for its owner alone', async () => {
  await writeArchive(path, entriesOf([Buffer.from('one'), Buffer.from('two')]), never);
  expect(execFileSync('tar', ['xOzf', path], { encoding: 'utf8' })).toBe('onetwo');
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it.each<[string, () => AsyncGenerator<ArchiveEntry>]>([
  [
    'its content can’t be read',
    async function* () {
      yield { name: 'good', size: 0, content: pieces() };
      throw new Error('no more');
    },
  ],
  [
    'an entry is shorter than it was said to be',
    async function* () {
      yield { name: 'short', size: 10, content: pieces(Buffer.alloc(9)) };
    },
  ],
])('leaves the file of before and nothing else when %s', async (_what, entries) => {
  writeFileSync(path, 'the backup of yesterday');
  await expect(writeArchive(path, entries(), never)).rejects.toThrow(/no more|changed while/);
  expect(readFileSync(path, 'utf8')).toBe('the backup of yesterday');
  expect(readdirSync(directory)).toEqual(['archive.tar.gz']);
});
