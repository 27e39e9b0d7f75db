import { describe, expect, it } from 'vitest';
import { callArguments, wholeInput } from './call-arguments.js';

const schema = {
  properties: {
    text: { type: 'string' },
    count: { type: 'integer' },
    deep: { type: 'boolean' },
    tags: { type: 'array' },
    either: { anyOf: [{ type: 'string' }, { type: 'number' }] },
  },
};
const read = (...words: string[]) => callArguments(words, schema, '/');

describe('arguments of a call', () => {
  it('become what the schema wants', () => {
    expect(read('text=12', 'count=12', 'deep=true', 'either=12', 'unknown=12')).toEqual({
      text: '12',
      count: 12,
      deep: true,
      either: '12',
      unknown: '12',
    });
  });

  it('leave to the gateway what they can’t be', () => {
    expect(read('count=many')).toEqual({ count: 'many' });
  });

  it('make a list of one value, of several, or of JSON', () => {
    expect(read('tags=a')).toEqual({ tags: ['a'] });
    expect(read('tags=a', 'tags=b')).toEqual({ tags: ['a', 'b'] });
    expect(read('tags=["a","b"]')).toEqual({ tags: ['a', 'b'] });
  });

  it('take any JSON behind :=, and everything behind the first sign', () => {
    expect(read('text:={"a":1}', 'either=a=b:=c')).toEqual({ text: { a: 1 }, either: 'a=b:=c' });
  });

  it.each([['text'], ['=x'], ['text:=nonsense'], ['text=@/nowhere/at/all']])('are refused: %s', (word) => {
    expect(() => read(word)).toThrow();
  });

  it('as a whole are one object', () => {
    expect(wholeInput('{"a":1}', '--input')).toEqual({ a: 1 });
    expect(() => wholeInput('[1]', '--input')).toThrow('--input holds no JSON object');
  });
});
