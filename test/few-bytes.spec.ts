import { expect, it } from 'vitest';
import { inFewBytes } from '../scripts/few-bytes.mjs';

const fileName = 'built.js';

it.each([true, false])('writes letters beyond ASCII so that they mean the same (lines stay: %s)', (keepLines) => {
  const code = "(() => {\n  const größe = 'é😀\\\\ü';\n  return [größe, /[ä😀]/u.test('😀')];\n})()";
  const written = inFewBytes({ fileName, code }, keepLines);
  expect(written).toMatch(/^[\0-\x7f]+$/);
  expect(written.includes('\n  const')).toBe(keepLines);
  expect((0, eval)(written)).toEqual(['é😀\\ü', true]);
});

it.each([
  ['what could not be read before', 'const = 1;', false],
  ['a name that can’t be read as escapes', 'const 𝒳 = 1;', true],
  ['a letter that a backslash makes no escape of', String.raw`const text = 'a\\\é';`, true],
])('ends the build at %s', (_what, code, keepLines) => {
  expect(() => inFewBytes({ fileName, code }, keepLines)).toThrow(/^built\.js: \[/);
});
