import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OperationError } from '#libs/kit';
import type { Params } from './connection.js';
import { MemoryServer } from './testing/memory-server.js';
import { supervised } from './testing/supervised.js';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
  Logger.overrideLogger(false);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  Logger.overrideLogger(['error', 'warn', 'log']);
});

const later = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const lists: Readonly<Record<string, Params>> = {
  'tools/list': { tools: [{ name: 'echo', inputSchema: { type: 'object' } }] },
  'resources/list': { resources: [{ name: 'a', uri: 'file:///a' }] },
  'resources/templates/list': { resourceTemplates: [{ name: 'all', uriTemplate: 'file:///{name}' }] },
  'prompts/list': { prompts: [{ name: 'greet' }] },
};

/** An upstream that answers none of the lists in `failing`. */
async function started(...failing: string[]) {
  const refused = new Set(failing);
  const asked: { method: string; at: number }[] = [];
  const server = new MemoryServer(
    (method) => {
      asked.push({ method, at: Date.now() });
      if (refused.has(method)) throw new OperationError('unavailable', 'it is warming up');
      return lists[method] ?? {};
    },
    { tools: {}, resources: {}, prompts: {} },
  );
  const upstream = supervised(server);
  upstream.start();
  await later(0);
  /** How long it was waited before each time that a list was asked for. */
  const waits = (method: string) => {
    const times = asked.flatMap((each) => (each.method === method ? each.at : []));
    return times.slice(1).map((at, n) => at - times[n]!);
  };
  return { server, upstream, refused, asked, waits };
}

const call = (upstream: Awaited<ReturnType<typeof started>>['upstream']) =>
  upstream.request('tools/call', { name: 'echo' }, { signal: new AbortController().signal });

describe('a list that an upstream does not answer', () => {
  it('is asked for again, later each time up to a minute, until it is there', async () => {
    const { upstream, refused, waits } = await started('tools/list');
    await later(4 * 60_000);
    const growing = [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000];
    expect(waits('tools/list')).toEqual([...growing, 60_000, 60_000]);
    // the others were there
    expect(waits('prompts/list')).toEqual([]);
    const failure = { stage: 'list', message: 'its tools could not be listed: it is warming up' };
    expect(upstream.status()).toMatchObject({ state: 'degraded', lastFailure: failure });
    await expect(call(upstream)).rejects.toMatchObject({ kind: 'unavailable', details: { retryable: true } });
    refused.clear();
    await later(60_000);
    expect(upstream.status()).toEqual({ state: 'ready', quarantined: 0 });
    expect(upstream.offer.tools).toMatchObject([{ name: 'echo' }]);
    expect(await call(upstream)).toEqual({});
    const times = waits('tools/list').length;
    await later(24 * 60 * 60_000);
    expect(waits('tools/list')).toHaveLength(times);
  });

  it.each([
    ['resources/list', { resources: [], prompts: [{ name: 'greet' }], resourceTemplates: [{ name: 'all' }] }],
    ['resources/templates/list', { resources: [{ name: 'a' }], prompts: [{ name: 'greet' }], resourceTemplates: [] }],
    ['prompts/list', { resources: [{ name: 'a' }], prompts: [], resourceTemplates: [{ name: 'all' }] }],
  ])('keeps none of the others back: %s', async (failing, offered) => {
    const { upstream } = await started(failing);
    expect(upstream.offer).toMatchObject({ ...offered, tools: [{ name: 'echo' }] });
    expect(upstream.status().lastFailure?.stage).toBe('list');
    expect(await call(upstream)).toEqual({});
  });

  it('is asked for again after it has changed', async () => {
    const { server, upstream, refused } = await started();
    refused.add('tools/list');
    server.alive[0]?.tell('notifications/tools/list_changed');
    await later(250);
    expect(upstream.status().lastFailure?.stage).toBe('list');
    refused.clear();
    await later(250);
    expect(upstream.status()).toEqual({ state: 'ready', quarantined: 0 });
  });

  it('is not asked for on a connection that is no more', async () => {
    const { upstream, asked } = await started('tools/list');
    await later(1_000);
    await upstream.stop();
    const before = asked.length;
    await later(10 * 60_000);
    expect(asked).toHaveLength(before);
  });
});
