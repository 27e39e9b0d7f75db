import { monitorEventLoopDelay } from 'node:perf_hooks';
import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFile as declaration } from '../operations/reading.js';
import { openWorkspace, refusalOf, type TestWorkspace } from '../testing/workspace.js';
import { readFile } from './read-file.js';

let workspace: TestWorkspace;
beforeAll(async () => {
  workspace = await openWorkspace();
});
afterAll(() => workspace.close());

const { signal } = new AbortController();
const read = (path: string, more: object = {}) =>
  readFile(workspace.roots, declaration.input.parse({ path, ...more }), signal);

const write = (name: string, content: string | Uint8Array) => writeFileSync(workspace.at(name), content);

/** All pages of a file. */
async function pages(path: string, more: object = {}) {
  const contents: string[] = [];
  for (let offset: number | null = 0; offset !== null;) {
    const page = await read(path, { ...more, offset });
    contents.push(page.content);
    offset = page.nextOffset;
  }
  return contents;
}

describe('a text file', () => {
  it('is read whole where it is small', async () => {
    write('small.txt', 'one\r\ntwo\n\nvier');
    expect(await read('small.txt')).toEqual({
      path: 'small.txt',
      encoding: 'utf8',
      content: 'one\r\ntwo\n\nvier',
      offset: 0,
      shown: 4,
      nextOffset: null,
      size: 14,
      modified: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    });
  });

  it.each([
    [{ offset: 1, limit: 2 }, 'two\n\n', 2, 3],
    [{ offset: 3 }, 'vier', 1, null],
    [{ offset: 3, limit: 1 }, 'vier', 1, null],
    [{ offset: 4 }, '', 0, null],
    [{ offset: 1_000_000 }, '', 0, null],
  ])('is read from a line on: %j', async (range, content, shown, nextOffset) => {
    write('small.txt', 'one\r\ntwo\n\nvier');
    expect(await read('small.txt', range)).toMatchObject({ content, shown, nextOffset });
  });

  it('is empty where it is empty', async () => {
    write('empty.txt', '');
    expect(await read('empty.txt')).toMatchObject({ content: '', shown: 0, nextOffset: null, size: 0 });
  });

  it('is the same in pages as it is whole, whatever its lines', async () => {
    const line = fc.oneof(fc.string({ maxLength: 40 }), fc.constant(''), fc.constant('ü'.repeat(15_000)));
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 30 }), fc.integer({ min: 1, max: 5 }), async (lines, limit) => {
        const text = lines.join('\n');
        write('pages.txt', text);
        expect((await pages('pages.txt', { limit })).join('')).toBe(text);
        expect((await pages('pages.txt')).join('')).toBe(text);
      }),
      { numRuns: 50 },
    );
  });

  it('has pages that fit into an answer, unless one line alone is longer', async () => {
    write('long.txt', `${'x'.repeat(70)}\n`.repeat(1_000) + `${'y'.repeat(100_000)}\nend`);
    const sizes = (await pages('long.txt')).map((page) => page.length);
    expect(sizes).toEqual([20_448, 20_448, 20_448, 9_656, 100_001, 3]);
  });

  it('keeps its byte order mark', async () => {
    write('bom.txt', '\ufeffa');
    expect((await read('bom.txt')).content).toBe('\ufeffa');
  });

  it('is refused where a line is too long for any answer', async () => {
    write('line.txt', `a\n${'x'.repeat(1024 * 1024 + 1)}`);
    expect((await read('line.txt', { limit: 1 })).content).toBe('a\n');
    expect(await refusalOf(read('line.txt', { offset: 1 }))).toBe(
      'failed: "line.txt" has a line of more than 1048576 bytes at offset 1; read it with encoding "base64"',
    );
  });

  it('does not hold up anything else while 50 MB are looked through', { retry: 3 }, async () => {
    write('large.txt', `${'x'.repeat(99)}\n`.repeat(500_000));
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    expect(await read('large.txt', { offset: 499_999 })).toMatchObject({
      shown: 1,
      nextOffset: null,
      size: 50_000_000,
    });
    delay.disable();
    // the promise is 50 ms; a machine that is busy with other tests adds its own
    expect(delay.percentile(99) / 1e6).toBeLessThan(100);
  });

  it('is left when the call is cancelled', async () => {
    write('small.txt', 'one\ntwo');
    const gone = AbortSignal.abort(new Error('the client left'));
    const request = declaration.input.parse({ path: 'small.txt', offset: 1 });
    await expect(readFile(workspace.roots, request, gone)).rejects.toThrow('the client left');
  });
});

describe('a file of bytes', () => {
  it.each([
    ['NUL', Uint8Array.of(65, 0, 66)],
    ['bytes that are no UTF-8', Uint8Array.of(0xff, 0xfe, 65)],
  ])('is refused as text: %s', async (_what, bytes) => {
    write('bytes', bytes);
    expect(await refusalOf(read('bytes'))).toBe(
      'failed: "bytes" is not text in UTF-8; read_file with encoding "base64" gives its bytes',
    );
    const page = await read('bytes', { encoding: 'base64' });
    expect([...Buffer.from(page.content, 'base64')]).toEqual([...bytes]);
  });

  it('is read in pages of bytes', async () => {
    const bytes = Buffer.from(Array.from({ length: 50_000 }, (_, index) => index % 256));
    write('bytes', bytes);
    expect(await read('bytes', { encoding: 'base64', offset: 10, limit: 3 })).toMatchObject({
      content: bytes.subarray(10, 13).toString('base64'),
      shown: 3,
      nextOffset: 13,
    });
    const parts = (await pages('bytes', { encoding: 'base64' })).map((page) => Buffer.from(page, 'base64'));
    expect(Buffer.concat(parts).equals(bytes)).toBe(true);
  });
});
