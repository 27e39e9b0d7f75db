import { gzipSync } from 'node:zlib';
import { Logger } from '@nestjs/common';
import { beforeEach, expect, it, vi } from 'vitest';
import { OperationError } from '#libs/kit';
import type { Store } from '../../store/store.js';
import type { KeptResult } from './kept-result.js';
import { ResultStore } from './result-store.js';
import type { ResultsSettings } from './results.settings.js';

/** What the store says to each result, by its id; without a word it takes it. */
let failures: Record<string, Error>;
let taken: string[];
let ready: () => void | Promise<void>;
let results: ResultStore;

const unavailable = new OperationError('unavailable', 'The store is away');
const refusal = (code: string) => Object.assign(new Error('It is refused'), { code });

beforeEach(() => {
  [failures, taken] = [{}, []];
  const silences = (['warn', 'error'] as const).map((level) => vi.spyOn(Logger.prototype, level).mockReturnValue());
  const manager = {
    query: async (statement: string, [id]: string[]) => {
      if (!statement.includes('INSERT')) return [];
      taken.push(id!);
      return failures[id!] ? Promise.reject(failures[id!]!) : [];
    },
    transaction: (work: (one: unknown) => unknown) => work(manager),
    createQueryBuilder: () => ({ where: () => ({ getOne: () => Promise.resolve(null) }) }),
  };
  const store = {
    run: (work: (one: typeof manager) => Promise<unknown>) => work(manager),
    onReady: (listener: typeof ready) => (ready = listener),
  };
  results = new ResultStore(store as unknown as Store, { ttlMs: 60_000 } as ResultsSettings);
  results.onModuleInit();
  return async () => {
    await results.beforeApplicationShutdown();
    for (const silence of silences) silence.mockRestore();
  };
});

const result = (id: string): KeptResult => ({
  id,
  callerId: 'agent',
  operation: 'up.tool',
  unit: 'rows',
  total: 1,
  kept: 1,
  source: { path: ['rows'], beside: [] },
  data: gzipSync('{"rows":[1]}'),
  bytes: 12,
});

async function waitThatTheStoreIsBack(ids: string[], saying: Record<string, Error>): Promise<void> {
  failures = Object.fromEntries(ids.map((id) => [id, unavailable]));
  for (const id of ids) expect(await results.keep(result(id))).toBe(true);
  [failures, taken] = [saying, []];
  await ready();
}
const isThere = async (id: string) => (await results.find(id, 'agent')) !== undefined;

it('saves what waits behind a result that the store refuses, and gives that one up where it does so for good', async () => {
  await waitThatTheStoreIsBack(['a', 'b', 'c'], { a: refusal('22P05'), b: refusal('57014') });
  expect(taken).toEqual(['a', 'b', 'c']);
  // b may be taken the next time
  expect([await isThere('a'), await isThere('b'), await isThere('c')]).toEqual([false, true, false]);
});

it('tries no further while the store is away again', async () => {
  await waitThatTheStoreIsBack(['a', 'b'], { a: unavailable, b: unavailable });
  expect([taken, await isThere('b')]).toEqual([['a'], true]);
});

it('says that a result is not kept which the store refuses for good', async () => {
  failures = { a: refusal('22P05') };
  expect([await results.keep(result('a')), await isThere('a')]).toEqual([false, false]);
});
