import { expect, it } from 'vitest';
import { OperationError } from '#libs/kit';
import type { RuntimeConfig } from '../config/runtime-config.js';
import type { ReplicaBus } from '../replicas/replica-bus.js';
import { ReplicaId } from '../replicas/replica-id.js';
import { StoreChanges } from '../replicas/store-changes.js';
import type { Store } from '../store/store.js';
import { StoredToolsets } from './stored-toolsets.js';
import { Toolsets } from './toolsets.js';

const SOON = { timeout: 5_000, interval: 20 };

interface Row {
  name: string;
  tools: string[];
  description: string | null;
  createdAt: Date;
}

/** A store of one table, which has no connection free for the next reading where it is told so. */
function smallStore() {
  const rows: Row[] = [];
  const is = { short: false };
  const manager = {
    query: async (_sql: string, [name, tools]: [string, string[]]) => {
      rows.push({ name, tools, description: null, createdAt: new Date() });
      return [{ name }];
    },
    update: async (_entity: unknown, { name }: Row, change: Partial<Row>) => {
      Object.assign(
        rows.find((row) => row.name === name)!,
        change,
      );
    },
    delete: async (_entity: unknown, { name }: Row) => {
      rows.splice(
        rows.findIndex((row) => row.name === name),
        1,
      );
    },
    find: async () => {
      if (is.short) {
        is.short = false;
        throw new OperationError('unavailable', 'no connection is free');
      }
      return structuredClone(rows);
    },
  };
  const run = (work: (one: typeof manager) => Promise<unknown>) => work(manager);
  return { is, store: { run, onNotice: () => undefined, onReady: () => undefined } as unknown as Store };
}

it('what is changed here is served here soon, also where it could not be read at once', async () => {
  const { is, store } = smallStore();
  const bus = { on: () => undefined, onReady: () => undefined, publish: () => undefined } as unknown as ReplicaBus;
  const changes = new StoreChanges(store, bus, new ReplicaId());
  const toolsets = new Toolsets({} as never, { onChange: () => undefined } as unknown as RuntimeConfig);
  const stored = new StoredToolsets(store, toolsets, changes);
  stored.onModuleInit();
  const atAShortTime = async (work: () => Promise<unknown>) => {
    is.short = true;
    await expect(work()).rejects.toThrow('no connection is free');
  };
  await atAShortTime(() => stored.create('small', ['a'], undefined));
  await expect.poll(() => toolsets.find('small')?.tools, SOON).toEqual(['a']);
  await atAShortTime(() => stored.change('small', { tools: ['b'] }));
  await expect.poll(() => toolsets.find('small')?.tools, SOON).toEqual(['b']);
  await atAShortTime(() => stored.remove('small'));
  await expect.poll(() => toolsets.find('small'), SOON).toBeUndefined();
});
