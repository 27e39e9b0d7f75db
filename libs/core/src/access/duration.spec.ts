import { describe, expect, it } from 'vitest';
import { secondsOf } from './duration.js';

describe('a duration', () => {
  it.each<[text: string, seconds: number | undefined]>([
    ['0', 0],
    ['3600', 3_600],
    ['90s', 90],
    ['15m', 900],
    ['24h', 86_400],
    ['7d', 604_800],
    ['', undefined],
    ['h', undefined],
    ['-1', undefined],
    ['1.5h', undefined],
    ['1 h', undefined],
    ['1H', undefined],
    ['1w', undefined],
    ['1h30m', undefined],
    ['1e3', undefined],
    ['1234567890', undefined],
    ['5\n', undefined],
  ])('%j is %s seconds', (text, seconds) => {
    expect(secondsOf(text)).toBe(seconds);
  });
});
