import { describe, expect, it } from 'vitest';
import type { HttpRequest } from '#libs/kit';
import { requestIdOf } from './request-id.js';

const withId = (id?: string) => ({ headers: id === undefined ? {} : { 'x-request-id': id } }) as unknown as HttpRequest;

describe('the id of a request', () => {
  it('is the client’s where that is well-formed', () => {
    expect(requestIdOf(withId('mine-1'))).toBe('mine-1');
    for (const bad of ['', 'a b', 'é', 'x'.repeat(65), 'a_b']) expect(requestIdOf(withId(bad))).not.toBe(bad);
  });

  it('is else a UUID that no other request has', () => {
    const ids = Array.from({ length: 1_000 }, () => requestIdOf(withId()));
    expect(new Set(ids).size).toBe(1_000);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
