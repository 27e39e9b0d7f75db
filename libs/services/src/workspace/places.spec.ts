import { expect, it } from 'vitest';
import { Places } from './places.js';

const { signal } = new AbortController();
const never = () => new Promise<never>(() => undefined);

/** Work that takes a place until it is told to end. */
function taking(places: Places) {
  let end: () => void = () => undefined;
  const stuck = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { end, over: places.with(signal, () => stuck) };
}

it('gives a place that is free again to the first in line', async () => {
  const places = new Places(1);
  const first = taking(places);
  const order: number[] = [];
  const others = [2, 3].map((number) => places.with(signal, () => Promise.resolve(order.push(number))));
  expect(order).toEqual([]);
  first.end();
  await Promise.all([first.over, ...others]);
  expect(order).toEqual([2, 3]);
});

it('lets those who gave up stand in nobody’s way', async () => {
  const places = new Places(1, { waiting: 3, refusal: () => new Error('full') });
  const first = taking(places);
  const leaving = new AbortController();
  const gone = [1, 2, 3].map(() => places.with(leaving.signal, never));
  await expect(places.with(signal, never)).rejects.toThrow('full');
  leaving.abort(new Error('left'));
  for (const one of gone) await expect(one).rejects.toThrow('left');
  const live = places.with(signal, () => Promise.resolve('ran'));
  first.end();
  expect(await live).toBe('ran');
  expect(await places.with(signal, () => Promise.resolve('next'))).toBe('next');
});

it('takes a place back from work that fails, and gives none to who has left', async () => {
  const places = new Places(1);
  await expect(places.with(signal, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  await expect(places.with(AbortSignal.abort(new Error('left')), never)).rejects.toThrow('left');
  expect(await places.with(signal, () => Promise.resolve('ran'))).toBe('ran');
});
