import { afterEach, expect, it } from 'vitest';
import { OperationError } from '#libs/kit';
import type { StoreChanges } from '../../replicas/store-changes.js';
import type { Store } from '../../store/store.js';
import { IpBlocks, type IpBlock } from './ip-blocks.js';

const SOON = { timeout: 5_000, interval: 20 };
const policy = { network: '192.0.2.7', reason: 'guesses', expiresAt: new Date(Date.now() + 60_000) };

let blocks: IpBlocks;
afterEach(() => blocks.onApplicationShutdown());

/** Blocks over a store that is away until it is told to be there. */
function storeAway() {
  const stored = new Map<string, IpBlock>();
  let isAway = true;
  let tries = 0;
  const manager = { upsert: async (_: unknown, block: IpBlock) => void stored.set(block.id, block) };
  const store = {
    run: async (work: (on: typeof manager) => Promise<unknown>) => {
      tries += 1;
      if (isAway) throw new OperationError('unavailable', 'The store can’t be reached');
      return work(manager);
    },
  };
  const told: string[] = [];
  const changes = { announce: (table: string) => void told.push(table) };
  blocks = new IpBlocks(store as unknown as Store, changes as unknown as StoreChanges);
  return { stored, told, tries: () => tries, comeBack: () => (isAway = false) };
}

it('what is blocked while the store is away is stored and told when it is back', async () => {
  const { stored, told, tries, comeBack } = storeAway();
  blocks.blockByItself(policy);
  blocks.blockByItself({ ...policy, network: '192.0.2.8' });
  expect(blocks.blockOf('192.0.2.7')).toMatchObject(policy);
  await expect.poll(tries).toBeGreaterThan(0);
  expect([stored.size, told]).toEqual([0, []]);
  comeBack();
  await expect.poll(() => [...stored.values()].map(({ network }) => network), SOON).toEqual(['192.0.2.7', '192.0.2.8']);
  expect(told).toEqual(['ip-blocks', 'ip-blocks']);
});
