import { expect, it } from 'vitest';
import { digestBefore, digestOf, presentedDigest } from './presented-key.js';

it('is the digest of what is presented, whatever the same headers have brought before', () => {
  const headers = {};
  const keys = ['one key', 'one kez', 'one', '', 'one key', 'one key', 'schlüssel', 'one kex'];
  expect(keys.map((key) => digestBefore(key, headers) ?? presentedDigest(key, headers))).toEqual(keys.map(digestOf));
  expect(new Set(keys.map(digestOf)).size).toBe(new Set(keys).size);
});

it('is known of the same headers and the same key alone', () => {
  const [mine, other] = [{}, {}];
  presentedDigest('mine', mine);
  expect(digestBefore('mine', mine)).toBe(digestOf('mine'));
  expect(digestBefore('mind', mine)).toBeUndefined();
  expect(digestBefore('mine', other)).toBeUndefined();
});
