import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { OperationError } from '#libs/kit';
import { AuditShipper } from './audit-shipper.js';
import { AuditSpool } from './audit-spool.js';
import type { AuditStore } from './audit-store.js';
import type { CheckpointSeal } from './checkpoint-seal.js';
import { BATCH_BYTES } from './recent-lines.js';

const seal = { keyId: 'key', sign: () => 'signature' } as unknown as CheckpointSeal;

let directory: string;
let spool: AuditSpool;
let shipper: AuditShipper;
/** How the store answers to lines. */
let add: () => Promise<void>;
let asked: number;
let stored: number[];
/** Of lines that the store has already. */
let forked: Map<number, string>;
let oldReplica: string;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  directory = mkdtempSync(join(tmpdir(), 'shipper-'));
  spool = new AuditSpool(directory, { fsync: false, spoolMaxBytes: 64 * 2 ** 20 });
  spool.open();
  asked = 0;
  forked = new Map();
  oldReplica = spool.replica;
  stored = [];
  add = () => Promise.resolve();
  const store = {
    reached: (replica: string) =>
      Promise.resolve({ seq: forked.size > 0 && replica === oldReplica ? 1 : 0, number: 0 }),
    hashes: () => Promise.resolve(forked),
    add: async (json: Buffer) => {
      asked += 1;
      await add();
      stored.push(...(JSON.parse(json.toString()) as { seq: number }[]).map(({ seq }) => seq));
    },
  } as unknown as AuditStore;
  shipper = new AuditShipper(spool, store, seal);
  shipper.start();
});

afterEach(async () => {
  await shipper.stop(1_000);
  spool.close();
  rmSync(directory, { recursive: true, force: true });
  vi.useRealTimers();
});

const write = (bytes: number) => spool.append(`"call":"${'x'.repeat(bytes)}"`);

it('brings few lines to the store each half second, and many at once', async () => {
  await write(100);
  await write(BATCH_BYTES / 2);
  expect(asked).toBe(0);
  vi.advanceTimersByTime(500);
  await vi.waitFor(() => expect(stored).toEqual([1, 2]));
  await write(BATCH_BYTES / 2);
  await vi.waitFor(() => expect(stored).toEqual([1, 2, 3]));
});

it('asks a store that takes nothing no more often because there is much for it', async () => {
  add = () => Promise.reject(new Error('away'));
  for (let i = 0; i < 5; i += 1) await write(BATCH_BYTES);
  expect(asked).toBe(1);
  add = () => Promise.resolve();
  vi.advanceTimersByTime(500);
  await vi.waitFor(() => expect(stored).toEqual([1, 2, 3, 4, 5]));
  await write(BATCH_BYTES);
  await vi.waitFor(() => expect(stored).toHaveLength(6));
});

it('tells once why the store does not take lines', async () => {
  const logged = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
  add = () => Promise.reject(new Error('nobody knows why'));
  await write(100);
  for (let n = 1; n <= 3; n += 1) {
    vi.advanceTimersByTime(500);
    await vi.waitFor(() => expect(asked).toBe(n));
  }
  await expect(shipper.catchUp()).rejects.toThrow('nobody knows why');
  expect(logged).toHaveBeenCalledTimes(1);
  add = () => Promise.resolve();
  await shipper.catchUp();
  expect(stored).toEqual([1]);
  logged.mockRestore();
});

it('moves lines of which the store has others to a new chain once, however often that fails', async () => {
  const { replica } = spool;
  await write(1);
  await write(2);
  forked = new Map([[1, 'another']]);
  const append = spool.append.bind(spool);
  const failing = vi.spyOn(spool, 'append').mockImplementation((body) => {
    void append(body);
    return Promise.reject(new OperationError('unavailable', 'not written in time', {}));
  });
  await expect(shipper.catchUp()).rejects.toThrow('not written in time');
  failing.mockRestore();
  forked = new Map();
  await shipper.catchUp();
  // what was moved came after it had begun
  await shipper.catchUp();
  expect(spool.replica).not.toBe(replica);
  expect(stored).toEqual([1, 2]);
});
