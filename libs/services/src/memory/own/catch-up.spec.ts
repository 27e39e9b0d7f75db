import { Logger } from '@nestjs/common';
import { afterEach, expect, it, vi } from 'vitest';
import type { ServiceStore } from '#libs/kit';
import { CatchUp } from './catch-up.js';
import { EmbeddingsRefusal, type Embeddings } from './embeddings.js';
import { vectorsInBatches } from './vector-batches.js';

const vector = Buffer.from([1]);
const embeddingsBy = (of: (texts: string[]) => Promise<Buffer[]>) => ({ model: 'm', of }) as unknown as Embeddings;

afterEach(() => void vi.restoreAllMocks());

it('takes the texts in batches, and halves those that are refused', async () => {
  const asked: number[] = [];
  const embeddings = embeddingsBy((texts) => {
    asked.push(texts.length);
    const status = texts.includes('7') ? 413 : texts.includes('18') ? 500 : undefined;
    if (status !== undefined) return Promise.reject(new EmbeddingsRefusal('refused', status));
    return Promise.resolve(texts.map(() => vector));
  });
  const texts = Array.from({ length: 20 }, (_, at) => String(at));
  const made = new Map<number, unknown>();
  for await (const [at, each] of vectorsInBatches(embeddings, texts, AbortSignal.timeout(10_000))) made.set(at, each);
  expect([...made].filter(([, each]) => each !== vector)).toEqual([
    [7, 'refused'],
    [18, undefined],
  ]);
  expect(made.size).toBe(20);
  expect(asked).toEqual([16, 8, 4, 4, 2, 2, 1, 1, 8, 4, 2, 2, 1, 1]);
});

it('asks for nothing more where the API itself refuses', async () => {
  let asked = 0;
  const embeddings = embeddingsBy(() => {
    asked += 1;
    return Promise.reject(new EmbeddingsRefusal('refused', 401));
  });
  const first = vectorsInBatches(embeddings, ['a', 'b'], AbortSignal.timeout(10_000)).next();
  await expect(first).rejects.toThrow('refused');
  expect(asked).toBe(1);
});

it.each([1, 3, 100])('asks little of an API that refuses whatever it is given: %i texts', async (count) => {
  const asked: number[] = [];
  const embeddings = embeddingsBy((texts) => {
    asked.push(texts.length);
    return Promise.reject(new EmbeddingsRefusal('refused', 500));
  });
  const ask = async () => {
    const texts = Array<string>(count).fill('a');
    for await (const [, made] of vectorsInBatches(embeddings, texts, AbortSignal.timeout(10_000))) {
      expect(made).toBeUndefined();
    }
  };
  if (count === 100) await expect(ask()).rejects.toThrow('refused');
  else await ask();
  expect(asked.filter((texts) => texts === 1)).toHaveLength(Math.min(count, 4));
  expect(asked.length).toBeLessThan(10);
});

it('leaves what the API fails with for a while, so that others get their turn', async () => {
  const asked: string[][] = [];
  const embeddings = embeddingsBy((texts) => {
    asked.push(texts);
    const fails = texts.some((text) => text.startsWith('long'));
    return fails ? Promise.reject(new EmbeddingsRefusal('refused', 500)) : Promise.resolve(texts.map(() => vector));
  });
  const missing = new Set(['long 1', 'long 2', 'short']);
  const query = (sql: string, values: unknown[]) => {
    const [id] = values as string[];
    if (sql.startsWith('UPDATE')) missing.delete(id!);
    const left = values.at(-1) as string[];
    const found = [...missing].filter((text) => !left.includes(text)).slice(0, 2);
    return Promise.resolve(found.map((text) => ({ id: text, text })));
  };
  const catchUp = new CatchUp({ query } as unknown as ServiceStore, embeddings);
  const warned = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
  await catchUp.goOn({});
  expect(warned.mock.calls).toEqual([[expect.stringContaining('refused 2 memories')]]);
  asked.length = 0;
  await catchUp.goOn({});
  await catchUp.goOn({});
  expect(asked).toEqual([['short']]);
});

it('does not hold up a search, and is made once at a time', async () => {
  let asked = 0;
  const embeddings = embeddingsBy(() => {
    asked += 1;
    return new Promise(() => undefined);
  });
  const store = { query: () => Promise.resolve([{ id: '1', text: 'a' }]) } as unknown as ServiceStore;
  const catchUp = new CatchUp(store, embeddings);
  await Promise.all([catchUp.goOn({}), catchUp.goOn({})]);
  expect(asked).toBe(1);
});
