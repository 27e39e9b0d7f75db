import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { DataSource, EntityManager } from 'typeorm';
import { OperationError } from '#libs/kit';
import { createDatabase, type TestDatabase } from '../../../../../test/database.js';
import type { StoreChanges } from '../../replicas/store-changes.js';
import { makeDataSource } from '../../store/data-source.js';
import { IpBlockEntity } from '../../store/entities/ip-block.entity.js';
import type { Store } from '../../store/store.js';
import { IpBlocks } from './ip-blocks.js';

const SOON = { timeout: 5_000, interval: 20 };
const policy = { network: '192.0.2.7', reason: 'guesses', expiresAt: new Date(Date.now() + 60_000) };

let database: TestDatabase;
let source: DataSource;
let replicas: Replica[];
beforeAll(async () => {
  database = await createDatabase();
  source = makeDataSource(database.url, { migrations: [], connections: 3 });
  await source.initialize();
  await source.runMigrations();
});
afterAll(async () => {
  await source.destroy();
  await database.drop();
});
beforeEach(() => {
  replicas = [];
});
afterEach(async () => {
  for (const { blocks } of replicas) blocks.onApplicationShutdown();
  await source.query('TRUNCATE ip_blocks');
});

interface Replica {
  readonly blocks: IpBlocks;
  /** How often it has asked the store, which is away until it is told to be there. */
  tries: number;
  isAway: boolean;
  /** Runs before what it asks is done. */
  before: () => Promise<void>;
  /** Runs before it is answered. */
  after: () => Promise<void>;
  readonly told: string[];
  /** Has it read what the others have changed. */
  hear(): Promise<void>;
}

const atOnce = async () => undefined;

function replica(isAway = false): Replica {
  let reload: () => Promise<void> = atOnce;
  const told: string[] = [];
  const store = {
    onReady: () => undefined,
    run: async (work: (manager: EntityManager) => Promise<unknown>) => {
      one.tries += 1;
      if (one.isAway) throw new OperationError('unavailable', 'The store can’t be reached');
      await one.before();
      const answer = await work(source.manager);
      await one.after();
      return answer;
    },
  };
  const changes = {
    follow: (_table: string, work: typeof reload) => (reload = work),
    make: async (table: string, change: () => Promise<unknown>) => {
      const answer = await change();
      told.push(table);
      return answer;
    },
  };
  const blocks = new IpBlocks(store as unknown as Store, changes as unknown as StoreChanges);
  blocks.onModuleInit();
  const one: Replica = { blocks, tries: 0, isAway, before: atOnce, after: atOnce, told, hear: () => reload() };
  replicas.push(one);
  return one;
}

const stored = async () =>
  (await source.manager.find(IpBlockEntity, { order: { network: 'ASC' } })).map(({ network }) => network);
const networksOf = ({ blocks }: Replica) => blocks.all().map(({ network }) => network);

it('what is blocked while the store is away is stored and told when it is back', async () => {
  const one = replica(true);
  one.blocks.blockByItself(policy);
  one.blocks.blockByItself({ ...policy, network: '192.0.2.8' });
  expect(one.blocks.blockOf('192.0.2.7')).toMatchObject(policy);
  await expect.poll(() => one.tries).toBeGreaterThan(0);
  expect([await stored(), one.told]).toEqual([[], []]);
  one.isAway = false;
  await expect.poll(stored, SOON).toEqual(['192.0.2.7', '192.0.2.8']);
  expect(one.told).toEqual(['ip-blocks', 'ip-blocks']);
});

it('a block that another admin has lifted does not come back by a change', async () => {
  const [one, other] = [replica(), replica()];
  const { id } = await one.blocks.create(policy, 'ann');
  await other.hear();
  await one.blocks.remove(id, 'ann');
  await expect(other.blocks.change(id, { reason: 'late' }, 'bob')).rejects.toMatchObject({ kind: 'unknown' });
  expect(await stored()).toEqual([]);
});

it('of one network, however it is written, one block stands', async () => {
  const { blocks } = replica();
  const passing = await blocks.create(
    { ...policy, network: '203.0.113.0/24', expiresAt: new Date(Date.now() - 1) },
    'ann',
  );
  const { id } = await blocks.create({ ...policy, network: '203.0.113.0/24' }, 'ann');
  expect(id).not.toBe(passing.id);
  const taken = { kind: 'failed', message: `This network is blocked already, by the block ${id}; change that one` };
  for (const network of ['203.0.113.0/24', '203.0.113.7/24', '::ffff:203.0.113.0/120']) {
    await expect(blocks.create({ ...policy, network }, 'ann')).rejects.toMatchObject(taken);
  }
  const other = await blocks.create({ ...policy, network: '203.0.113.0/25' }, 'ann');
  await expect(blocks.change(other.id, { network: '203.0.113.0/24' }, 'ann')).rejects.toMatchObject(taken);
  await blocks.change(id, { network: '203.0.113.9/24' }, 'ann');
  await blocks.create({ ...policy, network: '2001:DB8::1' }, 'ann');
  await expect(blocks.create({ ...policy, network: '2001:db8:0::1/128' }, 'ann')).rejects.toMatchObject({
    kind: 'failed',
  });
});

it('two changes of one block both hold', async () => {
  const [one, other] = [replica(), replica()];
  const { id } = await one.blocks.create(policy, 'ann');
  await other.hear();
  await one.blocks.change(id, { network: '192.0.2.9' }, 'ann');
  expect(await other.blocks.change(id, { reason: 'scans' }, 'bob')).toMatchObject({
    network: '192.0.2.9',
    reason: 'scans',
  });
  expect(other.blocks.blockOf('192.0.2.9')).toBeDefined();
});

it('a block that is lifted while it is being stored stays lifted', async () => {
  const one = replica();
  let store: () => void = () => undefined;
  one.before = () => new Promise((resolve) => (store = resolve));
  one.blocks.blockByItself(policy);
  await expect.poll(() => one.tries).toBe(1);
  one.before = atOnce;
  const lifted = one.blocks.remove(one.blocks.all()[0]!.id, 'ann');
  await Promise.race([lifted, sleep(200)]);
  store();
  await lifted;
  await expect.poll(() => one.told.length).toBe(2);
  expect([await stored(), networksOf(one)]).toEqual([[], []]);
});

it('a block that is made while others are read is there all the time', async () => {
  const one = replica();
  let answer: (() => void) | undefined;
  const read = one.hear();
  one.after = () => new Promise((resolve) => (answer = resolve));
  await expect.poll(() => answer).toBeDefined();
  one.after = atOnce;
  const made = one.blocks.create(policy, 'ann');
  await Promise.race([made, sleep(200)]);
  answer!();
  await made;
  expect(networksOf(one)).toEqual(['192.0.2.7']);
  await read;
  expect(networksOf(one)).toEqual(['192.0.2.7']);
});
