import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Notice, NoticeTarget } from './notice.js';
import type { NoticeRows } from './notice-rows.js';
import type { NoticeSender } from './notice-sender.js';
import { Notices } from './notices.js';

const hook = { name: 'hook' } as NoticeTarget;
const notice: Notice = { id: 'a', target: 'hook', topic: 'a', news: 'raised', body: {}, createdAt: new Date() };

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

it('sends what is in memory once, whatever the store answers, and tells of that once', async () => {
  const logged = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
  let answer: (delivery: { kind: 'delivered' }) => void = () => undefined;
  const send = vi.fn(() => new Promise((resolve) => (answer = resolve)));
  const take = vi.fn(() => Promise.reject(new Error('nobody knows why')));
  const notices = new Notices({ take } as unknown as NoticeRows, { send } as unknown as NoticeSender);
  notices.register(hook);
  notices.onApplicationBootstrap();
  notices.addUnstored(notice);
  await vi.advanceTimersByTimeAsync(5_000);
  answer({ kind: 'delivered' });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(send).toHaveBeenCalledTimes(1);
  expect(take.mock.calls.length).toBeGreaterThan(1);
  expect(logged).toHaveBeenCalledTimes(1);
  await notices.onApplicationShutdown();
});
