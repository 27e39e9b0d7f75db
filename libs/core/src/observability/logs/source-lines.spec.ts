import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inSourceLines } from './source-lines.js';

const directory = join(tmpdir(), `source-lines-${randomUUID()}`);
const built = join(directory, 'dist/libs/some/src');
const frame = (file: string, place: string) => `    at run (${pathToFileURL(join(built, file)).href}:${place})`;

beforeAll(() => {
  mkdirSync(built, { recursive: true });
  // the second line of what is built is the fifth of the source, four columns further in; the third comes from a package
  const sources = ['../../../../libs/some/src/other.ts', '../../../../node_modules/some/index.js'];
  const map = { version: 3, sources, names: [], mappings: ';AAIIA;ACAA' };
  writeFileSync(join(built, 'some.js.map'), JSON.stringify(map));
  writeFileSync(join(built, 'broken.js.map'), '{');
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('a stack', () => {
  it('tells lines of the sources', () => {
    expect(inSourceLines(`Error: no\n${frame('some.js', '2:1')}\n    at node:internal/x:1:2`)).toBe(
      'Error: no\n    at run (libs/some/src/other.ts:5:5)\n    at node:internal/x:1:2',
    );
  });

  it.each([
    ['without a map', 'missing.js', '2:1'],
    ['without a map that can be read', 'broken.js', '2:1'],
    ['where a package is built in', 'some.js', '3:1'],
  ])('stays as it is %s', (_, file, place) => {
    expect(inSourceLines(frame(file, place))).toBe(frame(file, place));
  });

  it('that quotes a long text of others is read at once', () => {
    const text = `Error: no file:///${'x/dist/libs/'.repeat(20_000)}`;
    const startedAt = performance.now();
    expect(inSourceLines(text)).toBe(text);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});
