import { describe, expect, it } from 'vitest';
import { contextText } from './context-text.js';

const memory = (text: string) => ({
  id: text,
  text,
  createdAt: '2026-01-02T03:04:05Z',
  updatedAt: '2026-02-03T04:05:06Z',
});

describe('a context', () => {
  it('has a line for each memory, with the day when it was last changed', () => {
    expect(contextText([memory('Likes\n  tea '), memory('Lives in Graz')], 100)).toEqual({
      context: '- Likes tea (2026-02-03)\n- Lives in Graz (2026-02-03)\n',
      shown: 2,
      leftOut: 0,
      tokens: 18,
    });
  });

  it('leaves out what does not fit, and goes on with what does', () => {
    const texts = [memory('short'), memory('x'.repeat(100)), memory('also short')];
    expect(contextText(texts, 20)).toMatchObject({ shown: 2, leftOut: 1, tokens: 16 });
  });

  it('counts bytes, since other scripts have more tokens to a letter', () => {
    expect(contextText([memory('記憶'.repeat(10))], 20)).toMatchObject({
      shown: 0,
      leftOut: 1,
      tokens: 0,
      context: '',
    });
  });
});
