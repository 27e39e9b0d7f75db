import { describe, expect, it } from 'vitest';
import { newUuid } from './uuids.js';

describe('newUuid', () => {
  const uuids = Array.from({ length: 1_000 }, newUuid);

  it('is of version 4, as RFC 9562 writes it', () => {
    for (const uuid of uuids) expect(uuid).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  });

  it('is never the same', () => {
    expect(new Set(uuids).size).toBe(uuids.length);
  });

  it('draws every digit', () => {
    for (let at = 0; at < 36; at += 1) {
      const seen = new Set(uuids.map((uuid) => uuid[at])).size;
      const fixed = [8, 13, 18, 23, 14].includes(at);
      expect(seen).toBe(fixed ? 1 : at === 19 ? 4 : 16);
    }
  });
});
