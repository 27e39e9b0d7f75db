import { nextCursor, pageParameters } from './paging.js';
import { describe, expect, it } from 'vitest';

const link = (query: string) =>
  `<https://api.github.com/x?${query}>; rel="next", <https://api.github.com/x?page=9>; rel="last"`;

describe('the cursor of the next page', () => {
  it.each([
    [link('state=open&per_page=5&page=2'), 'per_page=5&page=2'],
    [link('after=Y3Vy%3D&per_page=5'), 'after=Y3Vy%3D&per_page=5'],
    ['<https://api.github.com/x?page=1>; rel="prev"', null],
    ['<not a URL>; rel="next"', null],
    [undefined, null],
  ])('of %s', (header, cursor) => {
    expect(nextCursor(header)).toBe(cursor);
  });

  it('goes on where the page before ended, whatever limit is named now', () => {
    expect(pageParameters({ limit: 30 })).toEqual({ per_page: 30 });
    expect(pageParameters({ limit: 30, cursor: 'per_page=5&page=2' })).toEqual({ per_page: '5', page: '2' });
  });

  it.each(['', 'nonsense', 'page=', 'page=2&state=closed', 'q=everything'])('%j is refused', (cursor) => {
    expect(() => pageParameters({ limit: 30, cursor })).toThrow('cursor: expected the nextCursor of an earlier answer');
  });
});
