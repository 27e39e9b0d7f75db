import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterEach, expect, it, vi } from 'vitest';
import { OperationError } from '#libs/kit';
import type { Store } from '../store/store.js';
import type { ReplicaBus } from './replica-bus.js';
import { ReplicaId } from './replica-id.js';
import { StoreChanges } from './store-changes.js';

const SOON = { timeout: 5_000, interval: 20 };
/** More than it takes until something is tried again. */
const LATER_MS = 1_500;

afterEach(() => vi.restoreAllMocks());

const away = () => new OperationError('unavailable', 'no connection is free');

/** Fails as it is told, one time after another, and counts how often it was asked. */
class Flaky {
  tries = 0;

  constructor(private readonly failures: Error[]) {}

  readonly work = async (): Promise<void> => {
    const failure = this.failures[this.tries];
    this.tries += 1;
    if (failure) throw failure;
  };
}

/** Changes at one replica, what the others hear of them by Redis, and a way to tell it what the database does. */
function oneReplica() {
  let notice: (text: string) => void = () => undefined;
  const store = { onNotice: (listener: typeof notice) => (notice = listener) };
  const published: string[] = [];
  const bus = {
    on: () => undefined,
    onReady: () => undefined,
    publish: (_topic: unknown, table: string) => void published.push(table),
  };
  const id = new ReplicaId();
  const changes = new StoreChanges(store as unknown as Store, bus as unknown as ReplicaBus, id);
  return { changes, published, tell: (from = 'another') => notice(`${from} ip-blocks`), id: id.text };
}

it('a change that is made here while another one is read outlasts what was read', async () => {
  const { changes, tell } = oneReplica();
  const stored = new Set<string>();
  let held = new Set<string>();
  const arrive: (() => void)[] = [];
  changes.follow('ip-blocks', async () => {
    const read = new Set(stored);
    await new Promise<void>((resolve) => arrive.push(resolve));
    held = read;
  });
  tell();
  await changes.make('ip-blocks', async () => stored.add('ours'));
  held.add('ours');
  arrive.shift()!();
  await expect.poll(() => arrive.length).toBe(1);
  arrive.shift()!();
  await expect.poll(() => [...held]).toEqual(['ours']);
});

it('a change that is made here is told by Redis, and not read again', async () => {
  const { changes, published, tell, id } = oneReplica();
  const reading = new Flaky([]);
  changes.follow('ip-blocks', reading.work);
  expect(await changes.make('ip-blocks', async () => 'done')).toBe('done');
  tell(id);
  await sleep(0);
  expect([reading.tries, published]).toEqual([0, ['ip-blocks']]);
});

it('a change that nobody named makes is read', async () => {
  const { changes, tell } = oneReplica();
  const reading = new Flaky([]);
  changes.follow('ip-blocks', reading.work);
  tell('store');
  await expect.poll(() => reading.tries).toBe(1);
});

it('a change of which nobody knows whether it was made is read here too, and one that was refused is not', async () => {
  const { changes, published } = oneReplica();
  const reading = new Flaky([]);
  changes.follow('ip-blocks', reading.work);
  await expect(changes.make('ip-blocks', () => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  await sleep(0);
  expect(reading.tries).toBe(0);
  await expect(changes.make('ip-blocks', () => Promise.reject(away()))).rejects.toThrow('no connection is free');
  await expect.poll(() => reading.tries).toBe(1);
  expect(published).toEqual([]);
});

it('a change that could not be taken over here after it was made is read as soon as it can be', async () => {
  const { changes } = oneReplica();
  const reading = new Flaky([away()]);
  changes.follow('toolsets', reading.work);
  await expect(changes.apply('toolsets', () => Promise.reject(away()))).rejects.toThrow('no connection is free');
  await expect.poll(() => reading.tries, SOON).toBe(2);
});

it('a change elsewhere that could not be read is read as soon as it can be', async () => {
  const { changes, tell } = oneReplica();
  const reading = new Flaky([away(), away()]);
  changes.follow('ip-blocks', reading.work);
  tell();
  await expect.poll(() => reading.tries, SOON).toBe(3);
  await sleep(LATER_MS);
  expect(reading.tries).toBe(3);
});

it('what keeps it from being read is told once, also where the store was away before', async () => {
  const said = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
  const { changes, tell } = oneReplica();
  const reading = new Flaky([away(), new Error('no column of this name'), new Error('no column of this name')]);
  changes.follow('ip-blocks', reading.work);
  tell();
  await expect.poll(() => reading.tries, SOON).toBe(4);
  const texts = said.mock.calls.map(([what, error]) => [what, String(error).split('\n')[0]]);
  expect(texts).toEqual([['A change could not be read', 'Error: no column of this name']]);
});

it('nothing is tried again after the end', async () => {
  const { changes, tell } = oneReplica();
  const reading = new Flaky([1, 2, 3, 4, 5].map(away));
  changes.follow('ip-blocks', reading.work);
  tell();
  await sleep(0);
  changes.onApplicationShutdown();
  await sleep(LATER_MS);
  expect(reading.tries).toBe(1);
});
