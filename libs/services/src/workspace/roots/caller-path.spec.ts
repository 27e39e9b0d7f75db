import { resolve } from 'node:path/posix';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { absoluteOf, pathOf, placeOf, placeOfReal, type Root } from './caller-path.js';

const app: Root = { name: 'app', path: '/srv/app', written: '/home/me/app' };
const docs: Root = { name: 'docs', path: '/srv/docs', written: '/srv/docs' };
const inner: Root = { name: 'inner', path: '/srv/app/inner', written: '/srv/app/inner' };
const roots = [app, docs, inner];

const read = (path: string, among: readonly Root[] = roots) => {
  const { root, below } = placeOf(path, among);
  return `${root.name}|${below}`;
};

describe('a path as callers write it', () => {
  it.each([
    ['.', 'app|'],
    ['./', 'app|'],
    ['src/main.ts', 'app|src/main.ts'],
    ['./src//x/../main.ts', 'app|src/main.ts'],
    ['src/', 'app|src'],
    ['..foo/...', 'app|..foo/...'],
    ['~/x', 'app|~/x'],
    ['app:', 'app|'],
    ['app:x', 'app|x'],
    ['docs:', 'docs|'],
    ['docs:.', 'docs|'],
    ['docs:guide.md', 'docs|guide.md'],
    ['docs:/guide.md', 'docs|guide.md'],
    ['./docs:guide.md', 'app|docs:guide.md'],
    ['other:guide.md', 'app|other:guide.md'],
    [':x', 'app|:x'],
    ['/srv/app', 'app|'],
    ['/srv/app/', 'app|'],
    ['/srv/app/src', 'app|src'],
    ['/home/me/app/src', 'app|src'],
    ['/srv/app/inner/x', 'inner|x'],
    ['/srv/docs/../app/x', 'app|x'],
  ])('%s is %s', (path, place) => {
    expect(read(path)).toBe(place);
  });

  it.each([
    ['..'],
    ['../app'],
    ['src/../../app-secret/key'],
    ['docs:..'],
    ['docs:../app'],
    ['docs:/../app'],
    ['/'],
    ['/srv'],
    ['/srv/app-secret/key'],
    ['/srv/app/../app-secret'],
    ['/etc/passwd'],
    ['/proc/self/environ'],
    ['//srv/../etc'],
  ])('%s is refused, as one that is outside', (path) => {
    expect(() => placeOf(path, roots, 'source')).toThrow(/^source: expected a path inside the workspace/);
  });

  it.each([
    ['', /^path: expected a path, got an empty text$/],
    ['a\0b', /^path: expected a path without NUL characters/],
    ['a\ud800b', /^path: expected a path of whole characters/],
    ['ä'.repeat(2048), /^path: expected fewer than 4096 bytes, got 4096$/],
  ])('%j is refused', (path, message) => {
    expect(() => placeOf(path, roots)).toThrow(message);
  });

  it('is told no path of the server when it is refused', () => {
    expect(() => placeOf('../x', roots)).toThrow(
      'path: expected a path inside the workspace (relative to the first root, or docs:… or inner:…), got "../x"',
    );
    expect(() => placeOf('../x', [app])).toThrow('(relative to its top)');
  });
});

describe('any text', () => {
  const word = fc.constantFrom(
    '..',
    '.',
    '',
    'a',
    'docs:',
    'app',
    'app-secret',
    'srv',
    '/srv/app',
    'inner',
    '\\..',
    '％2e',
    '..\u200b',
  );
  const path = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.array(word).map((words) => words.join('/')),
  );

  it('is refused, or lies in its root', () => {
    fc.assert(
      fc.property(path, (text) => {
        let place;
        try {
          place = placeOf(text, roots);
        } catch (error) {
          expect(error).toMatchObject({ kind: 'invalid', details: { issues: [{ path: 'path' }] } });
          return;
        }
        const absolute = absoluteOf(place);
        expect(resolve(absolute)).toBe(absolute);
        expect(absolute === place.root.path || absolute.startsWith(`${place.root.path}/`)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('names the same place again by the path that is shown of it', () => {
    const segment = fc.constantFrom('a', 'docs:', 'docs:x', 'app:', '..x', ' ', 'ü');
    const below = fc.array(segment, { maxLength: 4 }).map((names) => names.join('/'));
    fc.assert(
      fc.property(fc.constantFrom(...roots), below, (root, below) => {
        const shown = pathOf({ root, below }, roots);
        expect(absoluteOf(placeOf(shown, roots))).toBe(absoluteOf({ root, below }));
        expect(shown).not.toContain('/srv');
      }),
    );
  });
});

describe('a real path', () => {
  it.each([
    ['/srv/app', 'app|'],
    ['/srv/app/x', 'app|x'],
    ['/srv/app/inner', 'inner|'],
    ['/srv/app/inner/x', 'inner|x'],
    ['/srv/app-secret/x', undefined],
    ['/srv/ap', undefined],
    ['/', undefined],
    ['(unreachable)/srv/app/x', undefined],
    ['pipe:[123]', undefined],
  ])('%s is in %s', (real, expected) => {
    const place = placeOfReal(real, roots);
    expect(place && `${place.root.name}|${place.below}`).toBe(expected);
  });
});
