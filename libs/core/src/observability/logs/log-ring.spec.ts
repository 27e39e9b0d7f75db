import { expect, it } from 'vitest';
import { LogRing } from './log-ring.js';
import { jsonLine } from './log-text.js';

const line = (message: string) => Buffer.from(jsonLine({ time: '2026-01-01T00:00:00.000Z', level: 'info', message }));
const messages = (ring: LogRing) => [...ring.newest()].map(({ message }) => message);

it.each([1, 7, 1_000])('keeps the newest 5,000, the newest first, when %i are told at once', (together) => {
  const ring = new LogRing();
  for (let told = 0; told < 21_000; told += together) {
    const json = Buffer.concat(Array.from({ length: together }, (_, i) => line(String(told + i))));
    ring.push({ json, count: together });
  }
  expect(messages(ring)).toEqual(Array.from({ length: 5_000 }, (_, i) => String(20_999 - i)));
});

it('keeps no more than 8 MiB of them', () => {
  const ring = new LogRing();
  const long = (i: number) => String(i).padEnd(1024 * 1024 - 100);
  for (let i = 0; i < 100; i += 1) ring.push({ json: line(long(i)), count: 1 });
  expect(messages(ring)).toEqual([99, 98, 97, 96, 95, 94, 93, 92].map(long));
});

it('gives entries to who comes later for as long as it has them', () => {
  const ring = new LogRing();
  const first = ring.push({ json: line('first'), count: 1 });
  for (let i = 0; i < 4_999; i += 1) ring.push({ json: line('other'), count: 1 });
  expect(first.entries()).toMatchObject([{ message: 'first' }]);
  ring.push({ json: line('last'), count: 1 });
  expect(first.entries()).toEqual([]);
});

it('keeps a copy', () => {
  const ring = new LogRing();
  const json = line('as it was');
  ring.push({ json, count: 1 });
  json.fill('?');
  expect(messages(ring)).toEqual(['as it was']);
});
