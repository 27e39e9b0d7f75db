import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { afterReading, TurnBatch } from './turn-batch.js';

/** What nobody catches in so many turns. */
async function uncaught(turns: number): Promise<string[]> {
  const messages: string[] = [];
  const others = process.listeners('uncaughtException');
  const note = (error: Error) => messages.push(error.message);
  process.removeAllListeners('uncaughtException').on('uncaughtException', note);
  for (let i = 0; i < turns; i += 1) await turn();
  process.off('uncaughtException', note);
  for (const listener of others) process.on('uncaughtException', listener);
  return messages;
}

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
    for (const sofar of [[1], [1, 2], [1, 2, 3]]) {
      await turn();
      expect(seen).toEqual(sofar);
    }
  });

  it('hands on what stands behind an item that fails', async () => {
    const seen: number[] = [];
    const batch = new TurnBatch<number>((item) => {
      if (item === 2) throw new Error('not this one');
      seen.push(item);
    });
    for (const item of [1, 2, 3, 4]) batch.add(item);
    expect(await uncaught(2)).toEqual(['not this one']);
    expect(seen).toEqual([1, 3, 4]);
  });
});

describe('a batch that takes long', () => {
  let now = 0;
  const takeMs = (ms: number) => (now += ms);
  beforeEach(() => {
    vi.spyOn(performance, 'now').mockImplementation(() => now);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('goes on in the next turn, before what came since, and others come between', async () => {
    const seen: (number | string)[] = [];
    const batch = new TurnBatch<number>((item) => {
      if (item === 1) batch.add(9);
      seen.push(item);
      takeMs(3);
      afterReading(() => seen.push(`after ${item}`));
    });
    for (const item of [1, 2, 3]) batch.add(item);
    setImmediate(() => seen.push('other'));
    for (let i = 0; i < 3; i += 1) await turn();
    expect(seen).toEqual([1, 2, 'after 1', 'after 2', 'other', 3, 9, 'after 3', 'after 9']);
  });

  it('hands on at least one item in each turn', async () => {
    const seen: number[] = [];
    const batch = new TurnBatch<number>((item) => {
      seen.push(item);
      takeMs(10);
    });
    for (const item of [1, 2, 3]) batch.add(item);
    for (const sofar of [[1], [1, 2], [1, 2, 3]]) {
      await turn();
      expect(seen).toEqual(sofar);
    }
  });
});

describe('what is done after reading', () => {
  it('follows the batch that is handed on, in the same turn', async () => {
    const seen: string[] = [];
    const batch = new TurnBatch<string>((item) => {
      seen.push(item);
      afterReading(() => seen.push(`after ${item}`));
    });
    batch.add('1');
    batch.add('2');
    setImmediate(() => seen.push('next'));
    await turn();
    expect(seen).toEqual(['1', '2', 'after 1', 'after 2', 'next']);
  });

  it('comes at the end of the turn where no batch is handed on', async () => {
    const seen: string[] = [];
    afterReading(() => seen.push('after'));
    await Promise.resolve();
    expect(seen).toEqual([]);
    await turn();
    expect(seen).toEqual(['after']);
  });

  it('comes too where the batch or another one fails', async () => {
    const seen: string[] = [];
    const batch = new TurnBatch<string>((item) => {
      afterReading(() => {
        if (item === 'first') throw new Error('the first of them');
        seen.push(item);
      });
    });
    batch.add('first');
    batch.add('second');
    expect(await uncaught(2)).toEqual(['the first of them']);
    expect(seen).toEqual(['second']);
  });
});
