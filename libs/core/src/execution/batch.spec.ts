import { describe, expect, it } from 'vitest';
import { inTurns } from './batch.js';

const items = Array.from({ length: 20 }, (_, i) => i);

/** Work that ends when a test says so. */
function startWork() {
  const begun: { item: number; ended: () => void; resolve: (text: string) => void; reject: (error: Error) => void }[] =
    [];
  const results = inTurns(
    items,
    (item, ended) => new Promise<string>((resolve, reject) => begun.push({ item, ended, resolve, reject })),
  );
  return { begun, results };
}

const aTurn = () => new Promise((resolve) => setImmediate(resolve));

describe('a batch', () => {
  it('has eight of its items in work, and begins the next where one is done', async () => {
    const { begun, results } = startWork();
    await aTurn();
    for (let done = 0; done < items.length; done += 1) {
      expect(begun.map(({ item }) => item)).toEqual(items.slice(0, done + 8));
      begun[done]?.resolve(`result ${done}`);
      await aTurn();
    }
    expect(await results).toEqual(items.map((i) => `result ${i}`));
  });

  it('begins the next where one is over whose result is not there yet, and counts each once', async () => {
    const { begun, results } = startWork();
    begun[3]?.ended();
    begun[3]?.ended();
    await aTurn();
    expect(begun).toHaveLength(9);
    begun[3]?.resolve('result 3');
    await aTurn();
    expect(begun).toHaveLength(9);
    for (let i = 0; i < items.length; i += 1) {
      begun[i]?.resolve(`result ${i}`);
      await aTurn();
    }
    expect(await results).toEqual(items.map((i) => `result ${i}`));
  });

  it('runs in a row what is over when it returns, and waits for all results', async () => {
    const resolve: (() => void)[] = [];
    const results = inTurns(items, (item, ended) => {
      ended();
      return new Promise<number>((done) => resolve.push(() => done(item)));
    });
    expect(resolve).toHaveLength(items.length);
    resolve.reverse().forEach((done) => done());
    expect(await results).toEqual(items);
  });

  it('lets others have their turn between items that take long at once', async () => {
    const turns: number[] = [];
    let done = 0;
    const results = inTurns(items, async (item) => {
      const until = performance.now() + 6;
      while (performance.now() < until);
      done += 1;
      return Promise.resolve(item);
    });
    const watch = () => {
      turns.push(done);
      if (done < items.length) setImmediate(watch);
    };
    watch();
    expect(await results).toEqual(items);
    expect(turns.length).toBeGreaterThanOrEqual(items.length / 2 - 1);
  });

  it('fails with the first of its items that does', async () => {
    const { begun, results } = startWork();
    const failing = expect(results).rejects.toThrow('no luck');
    begun[1]?.reject(new Error('no luck'));
    await aTurn();
    for (let i = 0; i < items.length; i += 1) {
      begun[i]?.resolve('');
      await aTurn();
    }
    await failing;
  });
});
