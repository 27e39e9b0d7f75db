import { describe, expect, it } from 'vitest';
import { frameOf } from './frame.js';

describe('the id of a frame', () => {
  it('comes back as it was', () => {
    const id = 'x'.repeat(200);
    expect(frameOf({ type: 'cancel', id })).toEqual({ name: 'cancel', id, payload: {} });
    expect(frameOf({ type: 'cancel', id: 1e300 })).toMatchObject({ id: 1e300 });
  });

  it('has at most 200 characters', () => {
    const details = { issues: [{ path: 'id', expected: 'at most 200 characters', got: '201' }] };
    expect(() => frameOf({ type: 'cancel', id: 'x'.repeat(201) })).toThrow(
      expect.objectContaining({ kind: 'invalid', details }),
    );
  });
});
