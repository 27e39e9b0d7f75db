import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { TurnBatch } from './turn-batch.js';

describe('a batch of a turn', () => {
  it('hands on in their order, when the turn is over', async () => {
    const seen: number[] = [];
    const batch = new TurnBatch<number>((item) => seen.push(item));
    batch.add(1);
    batch.add(2);
    await Promise.resolve();
    expect(seen).toEqual([]);
    await turn();
    expect(seen).toEqual([1, 2]);
  });

  it('keeps what comes while it hands on for the next turn', async () => {
    const seen: number[] = [];
    const batch = new TurnBatch<number>((item) => {
      seen.push(item);
      if (item < 3) batch.add(item + 1);
    });
    batch.add(1);
    batch.drain();
    expect(seen).toEqual([1]);
    batch.drain();
    expect(seen).toEqual([1, 2]);
    await turn();
    expect(seen).toEqual([1, 2, 3]);
  });

  it('hands on what stands behind an item that fails', async () => {
    const seen: number[] = [];
    const batch = new TurnBatch<number>((item) => {
      if (item === 2) throw new Error('not this one');
      seen.push(item);
    });
    for (const item of [1, 2, 3, 4]) batch.add(item);
    expect(() => batch.drain()).toThrow('not this one');
    await turn();
    expect(seen).toEqual([1, 3, 4]);
  });
});
