import { expect, it } from 'vitest';
import { digestOf, presentedDigest } from './presented-key.js';

it('is the digest of what is presented, whatever the connection has presented before', () => {
  const connection = {};
  const keys = ['one key', 'one kez', 'one', '', 'one key', 'one key', 'schlüssel', 'one kex'];
  expect(keys.map((key) => presentedDigest(key, connection))).toEqual(keys.map(digestOf));
  expect(new Set(keys.map(digestOf)).size).toBe(new Set(keys).size);
});

it('is told of one connection alone', () => {
  const [mine, other] = [{}, {}];
  presentedDigest('mine', mine);
  expect(presentedDigest('other', other)).toBe(digestOf('other'));
  expect(presentedDigest('mine', mine)).toBe(digestOf('mine'));
});
