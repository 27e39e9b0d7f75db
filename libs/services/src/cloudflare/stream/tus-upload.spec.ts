import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { OperationError, type WorkspaceFile } from '#libs/kit';
import { AnswerLostError } from '#libs/outbound';
import type { CloudflareApi } from '../cloudflare-api.js';
import { TusUpload } from './tus-upload.js';

beforeEach(() => {
  vi.spyOn(timers, 'setTimeout').mockResolvedValue(undefined);
  syncBuiltinESMExports();
});
afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
});

const refused = new OperationError(
  'unavailable',
  'Cloudflare could not be reached, or broke off',
  { retryable: true },
  { cause: Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }) },
);
const file: WorkspaceFile = {
  path: 'lesson.mp4',
  size: 3,
  read: () => Promise.resolve(Buffer.from('abc')),
  close: () => Promise.resolve(),
};
const created = {
  status: 201,
  headers: { location: '/media/1', 'stream-media-id': 'uid' },
  url: new URL('https://api.cloudflare.com/'),
};

function upload(create: () => Promise<unknown>): Promise<unknown> {
  const api = { account: '/accounts/1', send: create, sendTo: () => Promise.reject(refused) };
  const { signal } = new AbortController();
  const options = { file, metadata: {}, signal, onProgress: () => undefined };
  return new TusUpload(api as unknown as CloudflareApi, options).run().catch((error: unknown) => error);
}

it('that was never begun may be repeated', async () => {
  expect(await upload(() => Promise.reject(refused))).toBe(refused);
});

it.each([
  ['whose beginning got no answer', () => Promise.reject(new AnswerLostError('It broke off', { retryable: true }))],
  ['that has begun, also where its parts can’t be sent', () => Promise.resolve(created)],
])('%s is in doubt', async (_what, create) => {
  expect(await upload(create)).toMatchObject({
    kind: 'unavailable',
    message: expect.stringContaining('look before you repeat it') as string,
    details: { retryable: false },
  });
});
