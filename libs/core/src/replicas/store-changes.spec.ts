import { expect, it } from 'vitest';
import type { Store } from '../store/store.js';
import type { ReplicaBus } from './replica-bus.js';
import { ReplicaId } from './replica-id.js';
import { StoreChanges } from './store-changes.js';

/** Changes at one replica, and a way to tell it of those of others. */
function oneReplica() {
  let tell: (text: string) => void = () => undefined;
  const store = { onNotice: (listener: typeof tell) => (tell = listener), notify: () => undefined };
  const bus = { on: () => undefined, onReady: () => undefined, publish: () => undefined };
  const changes = new StoreChanges(store as unknown as Store, bus as unknown as ReplicaBus, new ReplicaId());
  return { changes, changeElsewhere: () => tell('another ip-blocks') };
}

it('a change that is made here while another one is read outlasts what was read', async () => {
  const { changes, changeElsewhere } = oneReplica();
  const stored = new Set<string>();
  let held = new Set<string>();
  const arrive: (() => void)[] = [];
  changes.follow('ip-blocks', async () => {
    const read = new Set(stored);
    await new Promise<void>((resolve) => arrive.push(resolve));
    held = read;
  });
  changeElsewhere();
  stored.add('ours');
  changes.announce('ip-blocks');
  held.add('ours');
  arrive.shift()!();
  await expect.poll(() => arrive.length).toBe(1);
  arrive.shift()!();
  await expect.poll(() => [...held]).toEqual(['ours']);
});

it('a change that is made here is not read again', async () => {
  const { changes } = oneReplica();
  let reads = 0;
  changes.follow('ip-blocks', async () => void (reads += 1));
  changes.announce('ip-blocks');
  await new Promise((resolve) => setImmediate(resolve));
  expect(reads).toBe(0);
});
