import { expect, it } from 'vitest';
import { isUrl } from './is-url.js';

it('takes what a browser takes, alone and relative', () => {
  expect(['http://a/', 'mailto:a@b', '/a', 'http://[::', ''].map((text) => isUrl(text))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
  expect(isUrl('/a', 'http://b/')).toBe(true);
});

it('says the same however often it is asked', () => {
  // as one byte for each character, as texts from the network are
  const text = Buffer.from('http://example.com/caf\xe9', 'latin1').toString('latin1');
  const answers = new Set(Array.from({ length: 100_000 }, () => isUrl(text)));
  expect([...answers]).toEqual([true]);
});
