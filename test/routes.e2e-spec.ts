import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actions } from '#libs/kit';
import { MessageTable } from '../libs/core/src/doors/realtime/message-table.js';
import { RpcDoor } from '../libs/core/src/doors/rpc/rpc-door.js';
import { declaredRoutes, type Route } from './declared-routes.js';
import { ADMIN_KEY, startGateway, type Answer, type TestGateway } from './gateway.js';
import { ways } from './sockets.js';

let hot: TestGateway;
let plain: TestGateway;
/** For each action, and each that is enough beside another, a key that holds all others. */
let keysWithout: Record<string, string>[];

beforeAll(async () => {
  const env = { TRUSTED_NETWORKS: 'none' };
  [hot, plain] = await Promise.all([startGateway({ env }), startGateway({ env: { ...env, HOT_PATH: 'off' } })]);
  keysWithout = await Promise.all([hot, plain].map(makeKeys));
});
afterAll(() => Promise.all([hot.close(), plain.close()]));

async function makeKeys(gateway: TestGateway): Promise<Record<string, string>> {
  const made = [...actions, 'approve or admin'].map(async (action) => {
    const permissions = actions.filter((other) => !action.split(' or ').includes(other));
    const { body } = await gateway.post('/admin/api-keys', { name: action, permissions }, { 'x-mcp-key': ADMIN_KEY });
    return [action, (body as { key: string }).key];
  });
  return Object.fromEntries(await Promise.all(made)) as Record<string, string>;
}

/** What Express answers, whoever registered it. */
function servedRoutes({ gateway }: TestGateway): string[] {
  const { router } = gateway.app.getHttpAdapter().getInstance() as {
    router: { stack: { name: string; route?: { path: string; methods: Record<string, boolean> } }[] };
  };
  return router.stack.flatMap(({ route }) =>
    route ? Object.keys(route.methods).map((method) => `${method.toUpperCase()} ${route.path}`) : [],
  );
}

const line = ({ method, path }: Route) => `${method} ${path}`;

function call(gateway: TestGateway, { method, path }: Route, key?: string): Promise<Answer> {
  const target = path.replaceAll(/:\w+/g, 'nothing');
  const headers: Record<string, string> = key === undefined ? {} : { 'x-mcp-key': key };
  const brings = method === 'POST' || method === 'PATCH' ? '{}' : undefined;
  return gateway.send({
    method,
    path: target,
    headers: { ...headers, ...(brings && { 'content-type': 'application/json' }) },
    ...(brings && { body: brings }),
  });
}

it('every route and who may use it: a change is reviewed here', () => {
  const shown = declaredRoutes(hot)
    .map(({ method, path, access }) => `${method.padEnd(6)} ${path.padEnd(36)} ${access}`)
    .sort((a, b) => (a.slice(7) < b.slice(7) ? -1 : 1));
  expect(`\n${shown.join('\n')}\n`).toMatchInlineSnapshot(`
    "
    GET    /                                    public
    GET    /.well-known/oauth-protected-resource public
    GET    /.well-known/oauth-protected-resource/mcp public
    GET    /admin/alerts                        monitor or admin
    POST   /admin/alerts/:id/acknowledge        admin
    POST   /admin/alerts/:id/silence            admin
    GET    /admin/api-keys                      admin
    POST   /admin/api-keys                      admin
    GET    /admin/api-keys/:id                  admin
    PATCH  /admin/api-keys/:id                  admin
    DELETE /admin/api-keys/:id                  admin
    POST   /admin/api-keys/:id/rotate           admin
    POST   /admin/api-keys/check                admin
    GET    /admin/approvals                     approve or admin
    POST   /admin/approvals/:id                 approve
    GET    /admin/approvals/:id                 approve or admin
    GET    /admin/audit                         admin
    GET    /admin/audit/export                  admin
    GET    /admin/audit/verify                  admin
    GET    /admin/ip-blocks                     admin
    POST   /admin/ip-blocks                     admin
    GET    /admin/ip-blocks/:id                 admin
    PATCH  /admin/ip-blocks/:id                 admin
    DELETE /admin/ip-blocks/:id                 admin
    GET    /admin/policy/explain                admin
    POST   /admin/tokens                        admin
    GET    /admin/toolsets                      admin
    POST   /admin/toolsets                      admin
    GET    /admin/toolsets/:name                admin
    PATCH  /admin/toolsets/:name                admin
    DELETE /admin/toolsets/:name                admin
    GET    /admin/upstreams                     admin
    POST   /admin/upstreams                     admin
    GET    /admin/upstreams/:name               admin
    PATCH  /admin/upstreams/:name               admin
    DELETE /admin/upstreams/:name               admin
    POST   /admin/upstreams/:name/restart       admin
    GET    /admin/upstreams/:name/tools         admin
    POST   /admin/upstreams/:name/tools/:tool/approve admin
    GET    /admin/usage                         admin
    POST   /api/mcp/jsonrpc                     any caller
    GET    /api/security/stats                  monitor
    POST   /api/services/:service/:operation    any caller
    GET    /api/stats                           monitor
    GET    /api/tools                           any caller
    POST   /approvals/slack                     signed
    GET    /assets/:name                        public
    GET    /config                              admin
    POST   /config                              admin
    POST   /config/apply                        admin
    GET    /config/export                       admin
    GET    /config/history                      admin
    POST   /config/plan                         admin
    POST   /config/undo                         admin
    GET    /docs                                any caller
    GET    /docs/:asset                         any caller
    GET    /docs/start.js                       any caller
    GET    /health                              public
    GET    /logs                                admin
    POST   /mcp                                 any caller
    GET    /mcp                                 any caller
    DELETE /mcp                                 any caller
    GET    /mcp/catalog                         any caller
    POST   /mcp/execute                         any caller
    POST   /mcp/rpc                             any caller
    POST   /mcp/servers/:upstream               any caller
    GET    /mcp/servers/:upstream               any caller
    DELETE /mcp/servers/:upstream               any caller
    GET    /mcp/service/:name                   any caller
    POST   /mcp/toolsets/:toolset               any caller
    GET    /mcp/toolsets/:toolset               any caller
    DELETE /mcp/toolsets/:toolset               any caller
    GET    /metrics                             monitor
    GET    /metrics/prometheus                  monitor
    GET    /oauth/callback                      public
    GET    /openapi.json                        any caller
    GET    /ready                               public
    "
  `);
});

it('what is declared is what is served, and nothing answers besides', () => {
  const declared = declaredRoutes(hot).map(line).sort();
  expect(servedRoutes(hot).sort()).toEqual(declared);
  expect(servedRoutes(plain).sort()).toEqual(declared);
});

it('the addresses that the edge answers itself are declared routes, for any caller', () => {
  const ofEdge = [
    ...[...RpcDoor.paths].map((path) => ({ method: 'POST', path, access: 'any caller' })),
    ...['/mcp', '/mcp/servers/:upstream', '/mcp/toolsets/:toolset'].flatMap((path) =>
      ['POST', 'GET', 'DELETE'].map((method) => ({ method, path, access: 'any caller' })),
    ),
  ];
  expect(declaredRoutes(hot)).toEqual(expect.arrayContaining(ofEdge));
});

it('every route declares its access', () => {
  expect(declaredRoutes(hot).filter(({ access }) => access === undefined)).toEqual([]);
});

describe('nobody gets in', () => {
  const everywhere = async (check: (gateway: TestGateway, keys: Record<string, string>) => Promise<void>) => {
    await check(hot, keysWithout[0]!);
    await check(plain, keysWithout[1]!);
  };

  it('without a credential, but where it is public', () =>
    everywhere(async (gateway) => {
      for (const route of declaredRoutes(gateway)) {
        const { status } = await call(gateway, route);
        const isPublic = route.access === 'public';
        expect([line(route), status === 401]).toEqual([line(route), !isPublic]);
        if (route.method !== 'GET') continue;
        const head = await call(gateway, { ...route, method: 'HEAD' });
        expect([line(route), head.status === 401]).toEqual([line(route), !isPublic]);
      }
    }));

  it('with a bad credential, even where it is public', () =>
    everywhere(async (gateway) => {
      for (const route of declaredRoutes(gateway)) {
        expect([line(route), (await call(gateway, route, 'nonsense')).status]).toEqual([line(route), 401]);
      }
    }));

  it('without the permission that the route declares, whatever else is held', () =>
    everywhere(async (gateway, keys) => {
      const guarded = declaredRoutes(gateway).filter(({ access }) => keys[access ?? ''] !== undefined);
      expect(guarded.length).toBeGreaterThan(0);
      for (const route of guarded) {
        const { status, body } = await call(gateway, route, keys[route.access ?? '']);
        expect([line(route), status, (body as any).error.details]).toEqual([
          line(route),
          403,
          { permission: route.access?.split(' or ')[0] },
        ]);
      }
    }));

  it('but the admin key does, everywhere', () =>
    everywhere(async (gateway) => {
      for (const route of declaredRoutes(gateway)) {
        expect([401, 403, 500]).not.toContain((await call(gateway, route, ADMIN_KEY)).status);
      }
    }));

  it('and OPTIONS tells nothing at all', () =>
    everywhere(async (gateway) => {
      for (const route of declaredRoutes(gateway)) {
        expect([line(route), (await call(gateway, { ...route, method: 'OPTIONS' })).status]).toEqual([
          line(route),
          404,
        ]);
      }
    }));
});

it('an id or a cursor that nothing can have finds nothing, and breaks nothing', async () => {
  const bodies: Record<string, object> = {
    '/admin/approvals/:id': { decision: 'deny' },
    '/admin/alerts/:id/silence': { untilAt: null },
  };
  const cursor = Buffer.from('2026-01-01T00:00:00.000Z a\0c').toString('base64url');
  const headers = { 'x-mcp-key': ADMIN_KEY };
  for (const { method, path } of declaredRoutes(hot)) {
    const named = path.includes('/:');
    if (!named && method !== 'GET') continue;
    const target = named ? path.replaceAll(/:\w+/g, 'a%00c') : `${path}?cursor=${cursor}`;
    const json = { ...headers, 'content-type': 'application/json' };
    const { status } =
      method === 'GET' || method === 'DELETE'
        ? await hot.send({ method, path: target, headers })
        : await hot.send({ method, path: target, headers: json, body: JSON.stringify(bodies[path] ?? {}) });
    expect([method, target, status < 500]).toEqual([method, target, true]);
    if (path in bodies) expect([method, path, status]).toEqual([method, path, 404]);
  }
  for (const connect of Object.values(ways)) {
    const socket = await connect(hot.url, { auth: { apiKey: ADMIN_KEY } });
    const answer = { id: 'a\0c', decision: 'deny' };
    expect(await socket.ask('answer_approval', answer)).toMatchObject({ ok: false, error: { kind: 'unknown' } });
    expect(await socket.ask('manage_api_key', { action: 'list', cursor })).toMatchObject({
      ok: false,
      error: { kind: 'invalid' },
    });
    socket.close();
  }
});

describe('every message of the realtime door', () => {
  const declared = (): [name: string, access: string][] =>
    Object.entries(hot.gateway.app.get(MessageTable).handlers).map(([name, { access }]) => [name, access]);

  it('and who may send it: a change is reviewed here', () => {
    const shown = declared().map(([name, access]) => `${name.padEnd(18)} ${access}`);
    expect(`\n${shown.join('\n')}\n`).toMatchInlineSnapshot(`
      "
      auth               public
      subscribe          any caller
      unsubscribe        any caller
      subscribe_metrics  monitor
      execute_tool       any caller
      cancel             any caller
      answer_approval    approve
      manage_api_key     admin
      "
    `);
  });

  it.each(Object.entries(ways))(
    'is refused to whoever is unknown or lacks its permission: %s',
    async (_way, connect) => {
      const unknown = await connect(hot.url);
      for (const [name] of declared().filter(([, access]) => access !== 'public')) {
        expect([name, await unknown.ask(name)]).toMatchObject([
          name,
          { ok: false, error: { kind: 'unauthenticated' } },
        ]);
      }
      unknown.close();
      for (const [name, access] of declared()) {
        const apiKey = keysWithout[0]![access];
        if (apiKey === undefined) continue;
        const socket = await connect(hot.url, { auth: { apiKey } });
        const error = { kind: 'forbidden', details: { permission: access } };
        expect([name, await socket.ask(name)]).toMatchObject([name, { ok: false, error }]);
        socket.close();
      }
    },
  );
});
