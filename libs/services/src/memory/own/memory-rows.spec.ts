import { expect, it } from 'vitest';
import { cursorOf, pageEndOf } from './memory-rows.js';

const end = { at: '2026-01-02 03:04:05.123456+00', id: '00000000-0000-4000-8000-000000000000' };

it('a cursor holds where a page ended', () => {
  expect(pageEndOf(cursorOf(end))).toEqual(end);
});

it.each([
  '',
  'abc',
  cursorOf({ ...end, at: 'yesterday' }),
  cursorOf({ ...end, at: '2026-13-45 03:04:05+00' }),
  cursorOf({ ...end, at: '2026-02-29 03:04:05+00' }),
  cursorOf({ ...end, at: '0000-01-01 03:04:05+00' }),
  cursorOf({ ...end, at: '2026-01-02 25:04:05+00' }),
  cursorOf({ ...end, id: `${end.id}'` }),
  cursorOf({ ...end, id: '-'.repeat(36) }),
])('%j is no cursor', (cursor) => {
  expect(() => pageEndOf(cursor)).toThrow('cursor: expected nextCursor of a page before');
});
