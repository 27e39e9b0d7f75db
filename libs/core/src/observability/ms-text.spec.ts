import { describe, expect, it } from 'vitest';
import { msText } from './ms-text.js';

describe('msText', () => {
  it.each([0, 0.001, 0.01, 0.1, 0.25, 0.999, 1, 1.05, 12.345, 999.999, 1_000, 123_456.7])(
    'writes %d as JSON does',
    (ms) => {
      expect(msText(ms)).toBe(JSON.stringify(ms));
    },
  );

  it('rounds to the microsecond', () => {
    expect([0.0004, 0.0005, 0.9996, 41.99951].map(msText)).toStrictEqual(['0', '0.001', '1', '42']);
  });
});
