import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { OperationError } from '#libs/kit';
import type { Store } from '../store/store.js';
import type { ReplicaBus } from './replica-bus.js';
import { ReplicaId } from './replica-id.js';
import { StoreChanges } from './store-changes.js';

const SOON = { timeout: 5_000, interval: 20 };
/** More than it takes until something is tried again. */
const LATER_MS = 1_500;

/** Fails as the store does while it can't be reached, the first times that it is asked, and counts how often it was. */
class Flaky {
  tries = 0;

  constructor(private readonly failures: number) {}

  readonly work = async (): Promise<void> => {
    this.tries += 1;
    if (this.tries <= this.failures) throw new OperationError('unavailable', 'no connection is free');
  };
}

/** Changes at one replica, a way to tell it of those of others, and what it tells them. */
function oneReplica(telling = new Flaky(0)) {
  let tell: (text: string) => void = () => undefined;
  const store = { onNotice: (listener: typeof tell) => (tell = listener), notify: telling.work };
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

it('a change elsewhere that could not be read is read as soon as it can be', async () => {
  const { changes, changeElsewhere } = oneReplica();
  const reading = new Flaky(2);
  changes.follow('ip-blocks', reading.work);
  changeElsewhere();
  await expect.poll(() => reading.tries, SOON).toBe(3);
  await sleep(LATER_MS);
  expect(reading.tries).toBe(3);
});

it('a change that could not be told is told as soon as it can be, and once for all that were made meanwhile', async () => {
  const telling = new Flaky(1);
  const { changes } = oneReplica(telling);
  changes.follow('ip-blocks', async () => undefined);
  changes.announce('ip-blocks');
  changes.announce('ip-blocks');
  changes.announce('ip-blocks');
  await expect.poll(() => telling.tries, SOON).toBe(2);
  await sleep(LATER_MS);
  expect(telling.tries).toBe(2);
});

it('nothing is tried again after the end', async () => {
  const telling = new Flaky(9);
  const { changes, changeElsewhere } = oneReplica(telling);
  const reading = new Flaky(9);
  changes.follow('ip-blocks', reading.work);
  changes.announce('ip-blocks');
  changeElsewhere();
  await sleep(0);
  changes.onApplicationShutdown();
  await sleep(LATER_MS);
  expect([telling.tries, reading.tries]).toEqual([1, 1]);
});
