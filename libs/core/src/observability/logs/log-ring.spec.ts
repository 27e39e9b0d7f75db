import { expect, it } from 'vitest';
import type { LogEntry } from './log-entry.js';
import { LogRing } from './log-ring.js';

const entry = (i: number): LogEntry => ({ time: '2026-01-01T00:00:00.000Z', level: 'info', message: String(i) });
const messages = (ring: LogRing) => [...ring.newest()].map(({ message }) => Number(message));

it('keeps the newest 5,000, the newest first', () => {
  const ring = new LogRing();
  for (let i = 0; i < 23_456; i += 1) ring.push(entry(i), 100);
  expect(messages(ring)).toEqual(Array.from({ length: 5_000 }, (_, i) => 23_455 - i));
});

it('keeps no more than 8 MiB of them', () => {
  const ring = new LogRing();
  for (let i = 0; i < 100; i += 1) ring.push(entry(i), 1024 * 1024);
  expect(messages(ring)).toEqual([99, 98, 97, 96, 95, 94, 93, 92]);
});
