import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Breakers, NamedOrigin } from '#libs/outbound';
import { recordingServer, type HttpUpstream } from '../../../../test/fixtures/upstreams/recording-server.js';
import { HttpConnection } from './http-connection.js';
import { httpClient } from './testing/http-client.js';

const cleanUps: (() => Promise<void>)[] = [];
beforeEach(() => Logger.overrideLogger(false));
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  Logger.overrideLogger(['error', 'warn', 'log']);
});

const initialized = {
  protocolVersion: '2025-11-25',
  capabilities: { tools: {} },
  serverInfo: { name: 'x', version: '1' },
};

/** A server that answers each call with its `status`, and none without one. */
async function serverOf(status?: number): Promise<HttpUpstream> {
  const upstream = await recordingServer((_request, response, body) => {
    if (body?.method === 'tools/call') {
      return status !== undefined && response.writeHead(status, { location: 'https://login.example.com' }).end();
    }
    if (body?.method !== 'initialize') return response.writeHead(body ? 202 : 405).end();
    response.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': 's1' });
    return response.end(JSON.stringify({ jsonrpc: '2.0', id: body.id, result: initialized }));
  });
  cleanUps.push(() => upstream.close());
  return upstream;
}

/** Calls of a server through a circuit breaker. */
async function calling({ url }: HttpUpstream) {
  const outbound = await httpClient();
  cleanUps.push(() => outbound.close());
  const { signal } = new AbortController();
  const policy = new NamedOrigin('wiki', url);
  const options = { name: 'wiki', url, policy, clientCapabilities: {}, signal, era: 'session' } as const;
  const connection = await HttpConnection.open(outbound.client, options);
  cleanUps.push(() => connection.close());
  const breakers = new Breakers();
  const call = () => breakers.run('wiki', () => connection.request('tools/call', { name: 'add' }, { signal }));
  return { call, states: () => [...breakers.states()] };
}

describe('the circuit of a server that answers calls with a status', () => {
  it.each([
    [302, 'closed'],
    [400, 'closed'],
    [401, 'closed'],
    [403, 'closed'],
    [405, 'closed'],
    [413, 'closed'],
    [408, 'open'],
    [425, 'open'],
    [429, 'open'],
    [500, 'open'],
    [503, 'open'],
  ])('%d is %s after five of them', async (status, state) => {
    const { call, states } = await calling(await serverOf(status));
    for (let time = 0; time < 5; time += 1) await expect(call()).rejects.toMatchObject({ kind: 'unavailable' });
    expect(states()).toEqual([['wiki', state]]);
  });
});

describe('the circuit of a server that has as many calls under way as one connection takes', () => {
  it('stays closed while more of them are refused', async () => {
    const { call, states } = await calling(await serverOf());
    const underWay = Array.from({ length: 200 }, call);
    for (const one of underWay) one.catch(() => undefined);
    for (let time = 0; time < 6; time += 1) await expect(call()).rejects.toThrow('Too many requests');
    expect(states()).toEqual([['wiki', 'closed']]);
  });
});
