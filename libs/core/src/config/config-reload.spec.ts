import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { OperationError } from '#libs/kit';
import { Redactor } from '../observability/redaction.js';
import type { Store } from '../store/store.js';
import { ConfigReload } from './config-reload.js';
import { readSettings } from './read-settings.js';
import type { RuntimeConfig } from './runtime-config.js';

let rebase: ReturnType<typeof vi.fn>;
let reload: ConfigReload;
let logged: ReturnType<typeof vi.spyOn>;

beforeEach(() => {
  logged = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
  rebase = vi.fn(() => Promise.resolve());
  const store = { onReady: () => undefined } as unknown as Store;
  reload = new ConfigReload(readSettings([], {}), { rebase } as unknown as RuntimeConfig, new Redactor(), store);
});
afterEach(() => logged.mockRestore());

it('goes on after an error that nobody expected, says that there was one, and is to be tried again', async () => {
  rebase.mockRejectedValueOnce(new TypeError('no such thing'));
  rebase.mockRejectedValueOnce(new TypeError('no such thing'));
  await reload.reload();
  await reload.reload();
  expect(reload.state.problem).toBe('something broke inside the gateway (TypeError: no such thing)');
  expect(reload.isToBeTriedAgain).toBe(true);
  expect(logged.mock.calls).toEqual([[expect.stringContaining('no such thing'), expect.stringMatching(/^TypeError/)]]);
  await reload.reload();
  expect([reload.state.problem, reload.isToBeTriedAgain]).toEqual([null, false]);
});

it.each([
  ['unavailable', true],
  ['invalid', false],
] as const)('is to be tried again where something is %s: %s', async (kind, isSo) => {
  rebase.mockRejectedValueOnce(new OperationError(kind, 'why', {}));
  await reload.reload();
  expect([reload.state.problem, reload.isToBeTriedAgain]).toEqual(['why', isSo]);
});
