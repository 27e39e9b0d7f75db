import { expect, it } from 'vitest';
import { expiryOf } from './expiry.js';

const NOW = Date.parse('2026-06-01T00:00:00Z');

it.each([
  ['2026-06-01', '2026-06-01T23:59:59.999Z'],
  ['2026-06-02T10:00Z', '2026-06-02T10:00:00.000Z'],
  ['2026-06-02T10:00:00+02:00', '2026-06-02T08:00:00.000Z'],
])('%s is %s', (text, at) => {
  expect(expiryOf(text, NOW).toISOString()).toBe(at);
});

it.each([
  '',
  'tomorrow',
  '2026-13-01',
  '2027-02-31',
  '2027-02-29T10:00:00Z',
  '2026-06-02T10:00',
  '12',
  '2026-06-02 10:00:00Z',
])('%j is no time', (text) => {
  expect(() => expiryOf(text, NOW)).toThrow('expires: expected a time such as');
});

it.each(['2026-05-31', '2026-06-01T00:00:00Z'])('%s is past', (text) => {
  expect(() => expiryOf(text, NOW)).toThrow('expires: expected a time to come');
});
