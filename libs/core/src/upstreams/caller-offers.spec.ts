import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NamedOrigin } from '#libs/outbound';
import type { Params } from './connection.js';
import type { KeptOffer } from './kept-offer.js';
import { MemoryServer } from './testing/memory-server.js';
import { supervised } from './testing/supervised.js';
import type { UpstreamChange } from './upstream.js';

beforeEach(() => {
  vi.useFakeTimers();
  Logger.overrideLogger(false);
});
afterEach(() => {
  vi.useRealTimers();
  Logger.overrideLogger(['error', 'warn', 'log']);
});

const later = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const url = 'http://127.0.0.1:1/mcp';
const target = {
  ...{ url, transport: 'http' as const, headers: {}, policy: new NamedOrigin('The upstream wiki', url) },
  auth: { type: 'authorization-code' as const },
};
const tool = (name: string) => ({ name, inputSchema: { type: 'object' } });

/** An upstream that each caller authorizes; each has a tool of its name, and one that all have. */
function started() {
  const tools = new Map<string, string[]>();
  const server = new MemoryServer(
    (method, _params, _options, { callerId = '' }): Params => {
      switch (method) {
        case 'tools/list':
          return { tools: (tools.get(callerId) ?? ['search', `of_${callerId}`]).map(tool) };
        case 'resources/list':
          return { resources: [{ name: `${callerId}’s`, uri: `drive://${callerId}` }] };
        case 'prompts/list':
          return { prompts: [{ name: `greet ${callerId}` }] };
        default:
          return {};
      }
    },
    { tools: {}, resources: { subscribe: true }, prompts: {} },
  );
  const changes: UpstreamChange[] = [];
  const stored: KeptOffer[] = [];
  const store = { keepOffer: (_: string, offer: KeptOffer) => void stored.push(offer) };
  const upstream = supervised(server, { target, store, onChange: (change) => changes.push(change) });
  upstream.start();
  const come = async (callerId: string) => {
    await upstream.reached(1_000, callerId);
    await later(0);
  };
  const ask = (callerId: string, method: string, params: Params, owner = `session of ${callerId}`) =>
    upstream.request(method, params, { signal: new AbortController().signal, callerId, owner });
  const shownTo = (callerId: string) => {
    const { tools, resources, prompts } = upstream.offerTo(callerId);
    return [...tools, ...resources, ...prompts].map(({ name }) => name);
  };
  const connectionOf = (callerId: string) => server.alive.find(({ opening }) => opening.callerId === callerId)!;
  return { server, upstream, tools, changes, stored, come, ask, shownTo, connectionOf };
}

describe('an upstream that each caller authorizes', () => {
  it('shows each caller its own resources, prompts and tools, and stores none of the first two', async () => {
    const { upstream, stored, come, shownTo } = started();
    await come('ann');
    expect(upstream.offer).toMatchObject({ resources: [], resourceTemplates: [], prompts: [] });
    expect(shownTo('bob')).toEqual(['search', 'of_ann']);
    await come('bob');
    expect(shownTo('ann')).toEqual(['search', 'of_ann', 'ann’s', 'greet ann']);
    expect(shownTo('bob')).toEqual(['search', 'of_bob', 'bob’s', 'greet bob']);
    expect(JSON.stringify(stored)).not.toMatch(/drive|greet/);
    expect(stored.length).toBeGreaterThan(0);
  });

  it('takes out of the store what was kept of all', () => {
    const { upstream, stored } = started();
    const kept = { capabilities: { tools: {} }, serverInfo: { name: 'wiki' }, resourceTemplates: [] };
    const leaked = {
      resources: [{ uri: 'drive://ann' }],
      prompts: [{ name: 'greet ann' }],
      instructions: 'Hello, Ann',
    };
    upstream.keeper.adopt({ pins: [], offer: { ...kept, ...leaked } });
    const nothingOfAnn = { ...kept, resources: [], prompts: [] };
    expect([stored, upstream.offer]).toMatchObject([[nothingOfAnn], nothingOfAnn]);
    expect(stored[0]).not.toHaveProperty('instructions');
  });

  it('keeps the tools of one when another comes, until nobody has them', async () => {
    const { upstream, tools, come, ask, connectionOf } = started();
    await come('ann');
    await come('bob');
    expect(await ask('ann', 'tools/call', { name: 'of_ann' })).toEqual({});
    tools.set('ann', []);
    connectionOf('ann').tell('notifications/tools/list_changed');
    await later(250);
    expect(upstream.offer.tools.map(({ name }) => name)).toEqual(['search', 'of_bob']);
  });

  it('forgets what a caller was shown with its line', async () => {
    const { upstream, come, shownTo } = started();
    await come('ann');
    await upstream.restart();
    expect(shownTo('ann')).toEqual(['search', 'of_ann']);
  });

  it('is told of the resources of each on its own connection, and tells of them only to that one', async () => {
    const { server, changes, come, ask, connectionOf } = started();
    const uri = 'drive://shared';
    await come('ann');
    await ask('ann', 'resources/subscribe', { uri });
    await come('bob');
    expect(connectionOf('bob').requested).not.toContain('resources/subscribe');
    await ask('bob', 'resources/subscribe', { uri });
    expect(connectionOf('bob').requested).toContain('resources/subscribe');
    connectionOf('bob').tell('notifications/resources/updated', { uri });
    expect(changes.at(-1)).toEqual({ kind: 'updated', upstream: 'wiki', uri, callerId: 'bob' });
    expect(server.alive).toHaveLength(2);
  });

  it('is told on the connection of one that it listens no more', async () => {
    const { upstream, come, ask, connectionOf } = started();
    await come('bob');
    await come('ann');
    await ask('ann', 'resources/subscribe', { uri: 'drive://ann' });
    upstream.release('session of ann');
    expect(connectionOf('ann').requested).toContain('resources/unsubscribe');
    expect(connectionOf('bob').requested).not.toContain('resources/unsubscribe');
  });
});
