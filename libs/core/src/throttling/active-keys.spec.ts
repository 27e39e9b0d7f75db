import { describe, expect, it } from 'vitest';
import { ActiveKeys } from './active-keys.js';
import { SlidingWindow } from './sliding-window.js';

const MINUTE = 60_000;
const create = () => new SlidingWindow(MINUTE);

function touch(keys: ActiveKeys<SlidingWindow>, key: string, now: number): void {
  keys.findOrCreate(key, now).add(1, 100, now);
}

describe('keys that are in use', () => {
  it('keep what they hold, whoever else comes', () => {
    const keys = new ActiveKeys(create);
    for (let now = 0; now < 5 * MINUTE; now += 100) {
      touch(keys, 'busy', now);
      touch(keys, `guest ${now}`, now);
    }
    expect(keys.find('busy')?.used(5 * MINUTE)).toBeGreaterThan(500);
  });

  it('are dropped once they are idle, by look-ups for others', () => {
    const keys = new ActiveKeys(create);
    for (let i = 0; i < 1_000; i += 1) touch(keys, `key ${i}`, i);
    expect(keys.size).toBe(1_000);
    const later = 2 * MINUTE;
    for (let i = 0; i < 9_000; i += 1) touch(keys, 'one', later);
    expect(keys.size).toBe(1);
  });

  it('never outgrow those that are active, in a flood of new ones', () => {
    const keys = new ActiveKeys(create);
    let largest = 0;
    for (let i = 0; i < 50_000; i += 1) {
      touch(keys, `key ${i}`, i * 60);
      largest = Math.max(largest, keys.size);
    }
    expect(largest).toBeLessThan(3_000);
  });

  it('make room for new ones at the capacity, the oldest first', () => {
    const keys = new ActiveKeys(create, 3);
    for (const key of ['a', 'b', 'c', 'd']) touch(keys, key, 0);
    expect(keys.size).toBe(3);
    expect(keys.find('a')).toBeUndefined();
    expect(keys.find('d')?.used(0)).toBe(1);
  });
});
