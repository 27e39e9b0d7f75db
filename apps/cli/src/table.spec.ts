import { describe, expect, it } from 'vitest';
import { tableOf } from './table.js';

describe('a table', () => {
  it('aligns its columns by what a terminal shows', () => {
    const lines = tableOf(
      ['a', 'b'],
      [
        ['日本', 1],
        ['x', null],
      ],
    );
    expect(lines).toEqual(['a     b', '日本  1', 'x     –']);
  });

  it('cuts the last column to the terminal, and never a wide character in two', () => {
    const lines = tableOf(['id', 'text'], [['1', '日'.repeat(30)]], 30);
    expect(lines[1]).toBe(`1   ${'日'.repeat(12)}…`);
  });

  it('shows what would steer the terminal, and keeps a row in its line', () => {
    expect(tableOf(['a'], [['\u001b[2Jx\ny\u202e']])[1]).toBe('\\u001b[2Jx y\\u202e');
  });
});
