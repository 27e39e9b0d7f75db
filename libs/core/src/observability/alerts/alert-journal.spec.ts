import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Notices } from '../../notifications/notices.js';
import type { Store } from '../../store/store.js';
import type { AlertChange } from './alert.js';
import type { AlertChanges } from './alert-changes.js';
import { AlertJournal } from './alert-journal.js';
import type { AlertChannels } from './channels/alert-channels.js';

let keep: ReturnType<typeof vi.fn>;
let told: unknown[];
let news: AlertChange[];
let journal: AlertJournal;
let logged: ReturnType<typeof vi.spyOn>;

beforeEach(() => {
  vi.useFakeTimers();
  logged = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
  keep = vi.fn();
  told = [];
  news = [];
  journal = new AlertJournal(
    { keep } as unknown as AlertChanges,
    { noticesOf: ({ id }: { id: string }, state: string) => [`${id} ${state}`] } as unknown as AlertChannels,
    { addUnstored: (notice: unknown) => told.push(notice) } as unknown as Notices,
    { onReady: () => undefined } as unknown as Store,
  );
  journal.onNews((change) => news.push(change));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const raised = (id: string) =>
  ({ alert: { id }, state: 'raised', at: new Date(), by: 'one' }) as unknown as AlertChange;

it('tells people of what the store fails to take, and brings it there when it can', async () => {
  keep.mockRejectedValue(new Error('nobody knows why'));
  journal.note(raised('a'));
  await vi.waitFor(() => expect(told).toEqual(['a raised']));
  await vi.advanceTimersByTimeAsync(20_000);
  expect([told, news.map(({ alert }) => alert.id)]).toEqual([['a raised'], ['a']]);
  expect(logged).toHaveBeenCalledTimes(1);
  keep.mockReset().mockResolvedValue({ news: [] });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(keep.mock.calls).toEqual([[expect.objectContaining({ alert: { id: 'a' } }), true]]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(keep).toHaveBeenCalledTimes(1);
});

it('gives up what the store can never hold, and goes on with the next', async () => {
  keep.mockRejectedValueOnce(Object.assign(new Error('no such text'), { code: '22021' }));
  keep.mockResolvedValue({ news: [] });
  journal.note(raised('a'));
  journal.note(raised('b'));
  await vi.waitFor(() => expect(keep).toHaveBeenCalledTimes(2));
  expect([told, news.map(({ alert }) => alert.id)]).toEqual([[], ['a']]);
});
