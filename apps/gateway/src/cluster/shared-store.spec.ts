import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DataDirectory, EmbeddedServer, type StoreSettings } from '#libs/core';
import { StopDeadline } from '../stop-deadline.js';
import { SharedStore } from './shared-store.js';

let location: string;
beforeEach(() => {
  location = mkdtempSync(join(tmpdir(), 'gateway-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(location, { recursive: true });
});

/** As it is when nearly all of the time of a stop is over. */
function nearDeadline(): StopDeadline {
  vi.spyOn(performance, 'now').mockReturnValueOnce(performance.now() - 8_400);
  return new StopDeadline();
}

it('waits for a start that hangs no longer than the stop may take, and gives the data directory back', async () => {
  vi.spyOn(EmbeddedServer.prototype, 'start').mockReturnValue(new Promise(() => undefined));
  const store = new SharedStore(new DataDirectory(location), {} as StoreSettings);
  void store.start();
  const next = new DataDirectory(location);
  expect(() => next.acquire()).toThrow(/is using/);
  await store.stop(nearDeadline());
  next.acquire();
  next.release();
});

it.each<[string, Partial<StoreSettings>, Record<string, string>]>([
  ['the secret of the directory where there is no other', {}, { MCP_SECRET_KEY: 'the secret of the directory' }],
  [
    'the secret of the directory as the one before a new one',
    { secretKey: 'the new secret' },
    { MCP_SECRET_KEY_PREVIOUS: 'the secret of the directory' },
  ],
  ['no secret where they have both', { secretKey: 'the new secret', secretKeyPrevious: 'the one before' }, {}],
])('gives replicas %s', async (_what, secrets, expected) => {
  writeFileSync(join(location, 'secret.key'), 'the secret of the directory\n');
  const settings = { databaseUrl: 'postgres://db/gateway', ...secrets } as StoreSettings;
  const store = new SharedStore(new DataDirectory(location), settings);
  try {
    expect(await store.start()).toEqual(expected);
  } finally {
    await store.stop(new StopDeadline());
  }
});
