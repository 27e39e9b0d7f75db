import { join } from 'node:path/posix';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isUnder } from './paths.js';

describe('whether a path lies below a folder', () => {
  it.each<[path: string, folder: string, answer: boolean | undefined]>([
    ['docs', 'docs', true],
    ['docs/', 'docs', true],
    ['docs/a.md', 'docs', true],
    ['docs/a.md', 'docs/', true],
    ['./docs//x/../a.md', 'docs', true],
    ['docs/..', 'docs', false],
    ['docs/../secret', 'docs', false],
    ['docs-secret/a', 'docs', false],
    ['a', '.', true],
    ['', '.', true],
    ['../a', '.', undefined],
    ['../docs/a', 'docs', undefined],
    ['/srv/docs/a', '/srv/docs', true],
    ['/srv/docs/../a', '/srv/docs', false],
    ['/srv', '/', true],
    ['/srv/docs/a', 'docs', undefined],
    ['docs/a', '/srv/docs', undefined],
    ['Docs/a', 'docs', undefined],
    ['docs\\..\\a', 'docs', undefined],
    ['docs/%2e%2e/a', 'docs', undefined],
    ['~/docs', 'docs', undefined],
    ['file:///docs/a', 'docs', undefined],
    ['docs/a\0b', 'docs', undefined],
  ])('%j below %j: %s', (path, folder, answer) => {
    expect(isUnder(path, folder, false)).toBe(answer);
  });

  it('of names that a service has resolved, odd letters are only letters', () => {
    expect(isUnder('/srv/docs/100%', '/srv/docs', true)).toBe(true);
    expect(isUnder('/srv/other/100%', '/srv/docs', true)).toBe(false);
  });

  it('is never taken for sure where joining leads elsewhere', () => {
    const part = fc.constantFrom('..', '.', '', 'docs', 'a', 'docs-secret');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const path = parts.join('/');
        const where = join('/root', path);
        if (isUnder(path, 'docs', false) === true) expect(`${where}/`.startsWith('/root/docs/')).toBe(true);
        if (isUnder(path, 'docs', false) === false) expect(`${where}/`.startsWith('/root/docs/')).toBe(false);
      }),
      { numRuns: 5_000 },
    );
  });
});
