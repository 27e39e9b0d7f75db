import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { OperationError } from '#libs/kit';
import { AuditDelivery } from './audit-delivery.js';
import { exampleItem } from './testing/example-item.js';
import type { Waiting, WaitingLines } from './waiting-lines.js';

const SOON = { timeout: 20_000, interval: 20 };
const some = { lines: [exampleItem], lost: 0 } as unknown as Waiting;

let warned: ReturnType<typeof vi.spyOn>;
let delivery: AuditDelivery;

beforeEach(() => {
  warned = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
});
afterEach(async () => {
  await delivery.stop();
  warned.mockRestore();
});

function start(take: (work: (waiting: Waiting) => Promise<number>) => Promise<number>, deliver = vi.fn()): void {
  const waiting = { take: (_sink: string, work: (given: Waiting) => Promise<number>) => take(work) };
  delivery = new AuditDelivery({ name: 'otlp', deliver }, waiting as unknown as WaitingLines);
  delivery.start();
}

it('waits before it sends again what the store could not note as taken, and tells it once', async () => {
  const sentAt: number[] = [];
  const deliver = vi.fn(() => Promise.resolve(sentAt.push(performance.now())));
  start(async (work) => {
    await work(some);
    throw new OperationError('unavailable', 'The store refuses writes', {});
  }, deliver);
  await vi.waitFor(() => expect(deliver).toHaveBeenCalledTimes(2), SOON);
  expect(sentAt[1]! - sentAt[0]!).toBeGreaterThan(1_900);
  expect(warned.mock.calls).toEqual([[expect.stringMatching(/^The store could not note what otlp has taken/)]]);
});

it('tells once why it can’t read the audit, and nothing of a store that is away', async () => {
  const take = vi.fn<() => Promise<number>>();
  take.mockRejectedValueOnce(new OperationError('unavailable', 'away', {}));
  take.mockRejectedValue(new Error('nobody knows why'));
  start(take);
  await vi.waitFor(() => expect(take).toHaveBeenCalledTimes(3), SOON);
  await vi.waitFor(() => expect(warned.mock.calls).toEqual([["The audit can't be read for otlp (nobody knows why)"]]));
});
