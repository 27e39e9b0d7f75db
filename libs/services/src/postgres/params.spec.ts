import { expect, it } from 'vitest';
import { requireParams } from './params.js';

const given = (...params: unknown[]) => requireParams({ parameters: params.length }, params);

it('lets through what reaches the database as it is', () => {
  const params = [
    Number.MAX_SAFE_INTEGER,
    -1.5,
    1e-300,
    '9007199254740993',
    '\ud83d\ude00',
    null,
    true,
    { a: [1] },
    ['b'],
  ];
  expect(given(...params)).toEqual({ parameters: params.length });
});

it.each([
  [2 ** 53, 'params.1', 'a number this large as text'],
  [-(2 ** 53), 'params.1', 'a number this large as text'],
  [[1, 2 ** 53], 'params.1.1', 'a number this large as text'],
  [{ id: { of: 2 ** 53 } }, 'params.1.id.of', 'a number this large as text'],
  ['a\ud83d', 'params.1', 'well-formed Unicode text'],
  [['\udc00'], 'params.1.0', 'well-formed Unicode text'],
])('refuses %j, which would become another value', (value, path, expected) => {
  expect(() => given('first', value)).toThrow(`${path}: expected ${expected}`);
});
