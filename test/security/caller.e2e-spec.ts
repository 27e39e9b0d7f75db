import { existsSync, rmSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SupervisedUpstreams } from '#libs/core';
import { declaredRoutes, type Route } from '../declared-routes.js';
import { ADMIN_KEY } from '../gateway.js';
import { exchange, statusesOf } from '../raw-http.js';
import { openSession } from './every-door.js';
import { expectUnharmed, startWatched, type WatchedGateway } from './invariants.js';

const admin = { 'x-mcp-key': ADMIN_KEY };
let gateway: WatchedGateway;

beforeAll(async () => {
  gateway = await startWatched();
});
afterAll(() => gateway.close());
afterEach(() => expectUnharmed(gateway));

/** A route as a client asks for it, from an address that is trusted. */
async function statusOf({ method, path }: Route, headers: Record<string, string>, body?: string): Promise<number> {
  const target = path.replaceAll(/:\w+/g, 'nothing');
  const { status } = await gateway.send({ method, path: target, headers, ...(body !== undefined && { body }) });
  return status;
}
const everyRoute = async (ask: (route: Route) => Promise<number>, of = declaredRoutes(gateway)) =>
  Promise.all(of.map(async (route) => [`${route.method} ${route.path}`, await ask(route)]));
const all = (status: number, of = declaredRoutes(gateway)) =>
  of.map(({ method, path }) => [`${method} ${path}`, status]);

describe('a web page of somebody else', () => {
  const probes = new Set(['/health', '/ready']);

  it.each(['evil.example', 'localhost.evil.example', '127.0.0.1.nip.io', '2130706433', '[::ffff:7f00:1]'])(
    'whose name leads here is answered by no route: %s',
    async (host) => {
      const routes = declaredRoutes(gateway).filter(({ path }) => !probes.has(path));
      expect(await everyRoute((route) => statusOf(route, { ...admin, host }), routes)).toEqual(all(421, routes));
    },
  );

  it.each(['https://evil.example', 'null', 'http://localhost:6274', 'http://0.0.0.0:8100', 'file://'])(
    'is answered by no route, not even those for everybody: %s',
    async (origin) => {
      expect(await everyRoute((route) => statusOf(route, { ...admin, origin }))).toEqual(all(403));
      expect(await everyRoute((route) => statusOf({ ...route, method: 'OPTIONS' }, { origin }))).toEqual(all(403));
    },
  );

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/json'])(
    'can’t have a form call anything: %s',
    async (type) => {
      const routes = declaredRoutes(gateway).filter(({ method }) => method === 'POST');
      const form = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
      const ask = (route: Route) => statusOf(route, { ...admin, 'content-type': type }, form);
      expect(await everyRoute(ask, routes)).toEqual(all(415, routes));
    },
  );
});

describe('who is known by address', () => {
  const whoami = async (...headers: string[]) => {
    const lines = ['GET /api/tools HTTP/1.1', 'Host: localhost', 'Connection: close', ...headers];
    return statusesOf(await exchange(gateway.url, `${lines.join('\r\n')}\r\n\r\n`))[0];
  };

  it('is not known any more by whatever a proxy might add', async () => {
    expect(await whoami()).toBe(200);
    const name = fc.stringMatching(/^[xX]-[fF]orwarded-[a-z]{1,12}$/);
    const value = fc.constantFrom('127.0.0.1', '', '::1', 'localhost', 'for=127.0.0.1', '127.0.0.1, 127.0.0.1', '\t');
    await fc.assert(
      fc.asyncProperty(name, value, async (header, said) => {
        expect(await whoami(`${header}: ${said}`)).toBe(401);
      }),
      { numRuns: 100 },
    );
  });

  it('stays unknown where a credential is there but empty, or twice', async () => {
    for (const header of [
      'X-MCP-Key:',
      'X-API-Key: ',
      'Authorization:',
      'Authorization: Bearer',
      'Authorization: \t',
    ]) {
      expect([header, await whoami(header)]).toEqual([header, 401]);
    }
    expect(await whoami(`X-MCP-Key: ${ADMIN_KEY}`, `X-MCP-Key: ${ADMIN_KEY}`)).toBe(401);
  });
});

describe('the id of a session', () => {
  it('lets nobody in who has nothing else', async () => {
    const { 'x-mcp-key': _, ...stolen } = await openSession(gateway, admin);
    const stranger = { ...stolen, 'x-forwarded-for': '127.0.0.1', accept: 'application/json, text/event-stream' };
    const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
    expect((await gateway.post('/mcp', list, stranger)).status).toBe(401);
    expect((await gateway.send({ path: '/mcp', headers: stranger })).status).toBe(401);
    expect((await gateway.send({ method: 'DELETE', path: '/mcp', headers: stranger })).status).toBe(401);
    // nor whoever is known, but not as the one that opened it
    const local = { ...stolen, accept: 'application/json, text/event-stream' };
    expect((await gateway.post('/mcp', list, local)).status).toBe(404);
  });

  it('is guessed from none of those before', async () => {
    const ids = await Promise.all(
      Array.from({ length: 20 }, async () => (await openSession(gateway, admin))['mcp-session-id']!),
    );
    expect(new Set(ids.map((id) => id.slice(0, 12))).size).toBe(20);
    expect(ids.every((id) => id.length >= 32)).toBe(true);
  });
});

describe('a program to run', () => {
  const marker = '/tmp/caller-spec-was-here';
  const server = { command: '/usr/bin/touch', args: [marker] };

  it.each<[string, string, object]>([
    ['POST', '/admin/upstreams', { name: 'evil', ...server }],
    ['POST', '/admin/upstreams', { name: 'evil', url: 'https://mcp.example.com', ...server }],
    ['POST', '/admin/upstreams', { name: 'evil', url: 'https://mcp.example.com', overrides: server }],
    ['POST', '/admin/upstreams', { name: 'evil', url: 'https://$(touch /tmp/caller-spec-was-here).example.com/' }],
    ['PATCH', '/admin/upstreams/playwright', server],
    ['PATCH', '/admin/upstreams/playwright', { enabled: true }],
    ['POST', '/config', { mcpServers: { evil: server } }],
    ['POST', '/config', { 'mcpServers.evil.command': '/usr/bin/touch' }],
    ['POST', '/config', { mcpServers: JSON.stringify({ evil: server }) }],
    ['POST', '/config/apply', { mcpServers: { evil: server } }],
    ['POST', '/config/apply', { mcpServers: { playwright: { enabled: true } } }],
  ])('comes from the config file alone, and not by %s %s %j', async (method, path, body) => {
    const headers = { ...admin, 'content-type': 'application/json' };
    const { status } = await gateway.send({ method, path, headers, body: JSON.stringify(body) });
    expect([400, 409, 422]).toContain(status);
    const upstreams = gateway.gateway.app.get(SupervisedUpstreams);
    expect(upstreams.find('evil')).toBeUndefined();
    expect(existsSync(marker)).toBe(false);
    rmSync(marker, { force: true });
  });
});
