import { expect, it } from 'vitest';
import { alternativesTo } from './synonyms.js';

it.each([
  [['email'], ['mail', 'letter']],
  [['mail', 'email', 'letter'], []],
  [['xylophon'], []],
  [[], []],
])('instead of %j one may say %j', (terms, others) => {
  expect(alternativesTo(terms).sort()).toEqual([...others].sort());
});
