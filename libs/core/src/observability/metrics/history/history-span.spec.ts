import { describe, expect, it } from 'vitest';
import { spanOf } from './history-span.js';

const NOW = Date.parse('2026-03-01T12:34:56.789Z');
const ago = (seconds: number) => new Date(NOW - seconds * 1_000);
const MINUTE = 60;
const HOUR = 3_600;
const DAY = 24 * HOUR;

describe('the span of a question', () => {
  it.each([
    ['ten minutes by default', {}, 2, 1],
    ['each second of ten minutes', { step: 1 }, 1, 1],
    ['minutes of an hour', { from: ago(HOUR) }, MINUTE, MINUTE],
    ['minutes, where seconds are forgotten', { from: ago(HOUR), step: 10 }, MINUTE, MINUTE],
    ['whole minutes', { from: ago(HOUR), step: 90 }, 2 * MINUTE, MINUTE],
    ['minutes of a day', { from: ago(DAY) }, 5 * MINUTE, MINUTE],
    ['hours, where minutes are forgotten', { from: ago(3 * DAY), step: MINUTE }, HOUR, HOUR],
    ['hours of 90 days', { from: ago(90 * DAY) }, 12 * HOUR, HOUR],
    ['a day of hours', { from: ago(DAY), step: HOUR }, HOUR, HOUR],
  ])('is %s', (_what, question, step, resolution) => {
    const span = spanOf(question, NOW);
    expect({ step: span.step, resolution: span.resolution }).toEqual({ step, resolution });
    expect(span.from % (step * 1_000)).toBe(0);
    expect(span.to).toBe(NOW + 1);
  });

  it('ends now, however long it is asked for', () => {
    expect(spanOf({ from: ago(60), to: new Date(NOW + 60_000) }, NOW).to).toBe(NOW + 1);
    expect(spanOf({ from: ago(60), to: ago(30) }, NOW).to).toBe(NOW - 30_000);
  });

  it.each([
    ['an end before its beginning', { from: ago(60), to: ago(90) }, /^from: expected a time before `to`/],
    ['a beginning that is to come', { from: ago(-60) }, /^from: expected a time before `to` and before now/],
    [
      'more points than an answer has room for',
      { from: ago(90 * DAY), step: HOUR },
      /^step: expected at least 518\d sec/,
    ],
  ])('can’t be %s', (_what, question, message) => {
    expect(() => spanOf(question, NOW)).toThrow(
      expect.objectContaining({ kind: 'invalid', message: expect.stringMatching(message) }),
    );
  });
});
