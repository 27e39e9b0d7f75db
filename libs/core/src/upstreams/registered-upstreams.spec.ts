import { expect, it } from 'vitest';
import { OperationError } from '#libs/kit';
import type { Redactor } from '../observability/redaction.js';
import type { ReplicaBus } from '../replicas/replica-bus.js';
import { ReplicaId } from '../replicas/replica-id.js';
import { StoreChanges } from '../replicas/store-changes.js';
import type { UpstreamEntity } from '../store/entities/upstream.entity.js';
import { SecretKey } from '../store/secret-key.js';
import type { Store } from '../store/store.js';
import type { AllowedAddresses } from './allowed-addresses.js';
import { RegisteredUpstreams } from './registered-upstreams.js';
import type { SupervisedUpstreams } from './supervised-upstreams.js';
import type { UpstreamConfig } from './upstream-config.js';

const crm = { name: 'crm', url: 'https://crm.example.com/mcp', enabled: true, overrides: {} };

/** A gateway beside a table that others share, which can't put the first upstream that it is to run. */
function replica(rows: UpstreamEntity[]) {
  let load: () => Promise<void> = () => Promise.resolve();
  const inserting = (row: UpstreamEntity) => {
    const isFirst = !rows.some(({ name }) => name === row.name);
    if (isFirst) rows.push(row);
    const last = { execute: () => Promise.resolve({ raw: isFirst ? [row] : [] }) };
    return { orIgnore: () => ({ returning: () => last }) };
  };
  const manager = {
    find: () => Promise.resolve(rows),
    transaction: (work: (one: unknown) => unknown) => work(manager),
    createQueryBuilder: () => ({ insert: () => ({ into: () => ({ values: inserting }) }) }),
  };
  const store = {
    run: (work: (one: unknown) => unknown) => work(manager),
    onReady: (listener: typeof load) => (load = listener),
    onNotice: () => undefined,
  } as unknown as Store;
  const bus = { on: () => undefined, onReady: () => undefined, publish: () => undefined } as unknown as ReplicaBus;
  const running: string[] = [];
  let puts = 0;
  const upstreams = {
    isTaken: (name: string) => running.includes(name),
    put: ({ name }: UpstreamConfig) => {
      puts += 1;
      if (puts === 1) return Promise.reject(new OperationError('unavailable', 'no connection is free'));
      running.push(name);
      return Promise.resolve({ name });
    },
  } as unknown as SupervisedUpstreams;
  const registered = new RegisteredUpstreams(
    store,
    new SecretKey('a secret of all the replicas', { readSecret: () => undefined } as never),
    upstreams,
    { check: () => Promise.resolve() } as unknown as AllowedAddresses,
    { learn: () => undefined } as unknown as Redactor,
    new StoreChanges(store, bus, new ReplicaId()),
  );
  registered.onModuleInit();
  return { registered, running, load: () => load() };
}

it('one that could not be put is told to be unavailable, and runs soon after', async () => {
  const { registered, running } = replica([]);
  await expect(registered.create(crm)).rejects.toMatchObject({ kind: 'unavailable' });
  await expect.poll(() => running).toEqual(['crm']);
  await expect.poll(() => registered.find('crm')?.registration).toMatchObject(crm);
});

it('one of another replica that could not be put is put when all are read again', async () => {
  const rows: UpstreamEntity[] = [];
  await replica(rows)
    .registered.create(crm)
    .catch(() => undefined);
  const { registered, running, load } = replica(rows);
  await expect(load()).rejects.toMatchObject({ kind: 'unavailable' });
  await load();
  expect(running).toEqual(['crm']);
  expect(registered.find('crm')?.registration).toMatchObject(crm);
});
