import { expect, it } from 'vitest';
import { queryWords } from './query-words.js';

it.each([
  ['Coffee, coffee & TEA!', ['coffee', 'tea']],
  ['größer Привет 記憶', ['größer', 'привет', '記憶']],
  ["a:* | !b <-> 'c'", ['a', 'b', 'c']],
  ['?!', []],
])('%j has the words %j', (query, words) => {
  expect(queryWords(query)).toEqual(words);
});

it('stops at more words than anybody means', () => {
  expect(queryWords(Array.from({ length: 500 }, (_, n) => `w${n}`).join(' '))).toHaveLength(32);
});
