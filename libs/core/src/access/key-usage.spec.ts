import { expect, it } from 'vitest';
import { OperationError } from '#libs/kit';
import type { Store } from '../store/store.js';
import type { ApiKeys } from './api-keys.js';
import type { KeyRecord } from './key-record.js';
import { KeyUsage } from './key-usage.js';
import { KeyUse } from './key-use.js';

const key = (id: string, fromEnvironment = false) => ({ id, fromEnvironment, use: new KeyUse(5) }) as KeyRecord;

it('uses are written once, and again with the next ones where the store was away', async () => {
  const [used, unused, environment] = [key('used'), key('unused'), key('environment', true)];
  const written: unknown[][] = [];
  let away = true;
  const manager = {
    query: (_sql: string, [ids, uses]: unknown[][]) => {
      written.push([ids, uses]);
      return Promise.resolve();
    },
  };
  const store = {
    run: (work: (given: typeof manager) => Promise<void>) =>
      away ? Promise.reject(new OperationError('unavailable', 'away')) : work(manager),
  };
  const list = () => [used, unused, environment];
  const usage = new KeyUsage({ list } as unknown as ApiKeys, store as unknown as Store);

  used.use.note();
  environment.use.note();
  await usage.onApplicationShutdown();
  used.use.note();
  away = false;
  await usage.onApplicationShutdown();
  await usage.onApplicationShutdown();

  expect(written).toEqual([[['used'], [2]]]);
  expect([used.use.count, used.use.unwritten]).toEqual([7, 0]);
});
