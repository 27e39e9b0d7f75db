import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { actions, liveRooms } from '#libs/kit';
import { Catalog } from '../../libs/core/src/catalog/catalog.js';
import { McpMethods } from '../../libs/core/src/doors/mcp/methods.js';
import { SessionMethods } from '../../libs/core/src/doors/mcp/session-methods.js';
import { UpstreamMethods } from '../../libs/core/src/doors/mcp/upstream-methods.js';
import { MessageTable } from '../../libs/core/src/doors/realtime/message-table.js';
import { shapes } from '../../libs/core/src/doors/realtime/messages.js';
import { RpcMethods } from '../../libs/core/src/doors/rpc/rpc-methods.js';
import { declaredRoutes } from '../declared-routes.js';
import { ADMIN_KEY, type Answer } from '../gateway.js';
import { connectPlain, type TestSocket } from '../sockets.js';
import { openDoors, openSession, ofRpc, type Called, type Outcome } from './every-door.js';
import { expectUnharmed, startWatched, type WatchedGateway } from './invariants.js';

/** Whoever calls, by what they hold. `nobody` presents nothing and is known by nothing. */
const callers: Record<string, readonly string[] | undefined> = {
  nobody: undefined,
  local: ['read', 'write', 'monitor'],
  ...Object.fromEntries(actions.map((action) => [action, [action]])),
  'all rights': ['*'],
  'all actions': actions,
  'a service’s reader': ['postgres:read'],
  'a service’s admin': ['gateway:admin', 'memory:admin', 'workspace:execute'],
  'one operation’s': ['github.merge-pr'],
};
const names = Object.keys(callers);
const known = names.filter((name) => name !== 'nobody');

interface Row extends Called {
  id: string;
  permission: string;
}

/** The committed list: a new operation, or one whose permission has changed, is not in it. */
const rows: Row[] = (
  JSON.parse(readFileSync(new URL('../snapshots/catalog.json', import.meta.url), 'utf8')) as {
    services: { name: string; operations: Row[] }[];
  }
).services.flatMap(({ name: service, operations }) =>
  operations.map(({ id, name, tool, permission }) => ({ id, name, tool, permission, service })),
);

let gateway: WatchedGateway;
/** By the caller's name. */
const headers: Record<string, Record<string, string>> = {
  // whoever comes from a proxy that nobody knows is not known by address
  nobody: { 'x-forwarded-for': '127.0.0.1' },
  local: {},
};

beforeAll(async () => {
  gateway = await startWatched({
    env: { MCP_WS_MAX_MESSAGES_PER_SECOND: '0', APPROVALS_SLACK_SIGNING_SECRET: 'signing-secret-of-the-test' },
  });
  for (const name of names.filter((each) => !(each in headers))) {
    const policy = { name: 'a caller', permissions: callers[name] };
    const { body } = await gateway.post('/admin/api-keys', policy, { 'x-mcp-key': ADMIN_KEY });
    headers[name] = { 'x-mcp-key': (body as { key: string }).key };
  }
});
afterAll(() => gateway.close());
afterEach(() => expectUnharmed(gateway));

const holds = (name: string, ...permissions: string[]) =>
  callers[name]?.includes('*') || permissions.some((permission) => callers[name]?.includes(permission)) || false;
const mayCall = (name: string, { id, service, permission }: Row) =>
  holds(name, permission, `${service}:${permission}`, id);
/** Of an access as routes and messages declare it. */
const mayEnter = (name: string, access: string) =>
  access === 'public' || (access === 'any caller' ? name !== 'nobody' : holds(name, ...access.split(' or ')));
const entry = ({ status }: Answer) => ({ 401: 'who?', 403: 'no' })[status] ?? 'yes';
/** What is signed is let in by its signature alone, which none of them has. */
const expectedEntry = (name: string, access: string) => {
  if (access === 'signed') return 'who?';
  return mayEnter(name, access) ? 'yes' : name === 'nobody' ? 'who?' : 'no';
};

describe.each(names)('%s', (name) => {
  it('may use the routes that ask for what it holds, and no other', async () => {
    const routes = declaredRoutes(gateway).filter(({ method, path }) => `${method} ${path}` !== 'GET /');
    const asked = routes.map(async ({ method, path, access }) => {
      const brings = method === 'POST' || method === 'PATCH';
      const type = access === 'signed' ? 'application/x-www-form-urlencoded' : 'application/json';
      const answer = await gateway.send({
        method,
        path: path.replaceAll(/:\w+/g, 'nothing'),
        headers: { ...headers[name], ...(brings && { 'content-type': type }) },
        ...(brings && { body: '{}' }),
      });
      return [`${method} ${path}`, entry(answer), expectedEntry(name, access!)];
    });
    const answers = await Promise.all(asked);
    expect(answers.filter(([, was, shouldBe]) => was !== shouldBe)).toEqual([]);
    expect(answers.length).toBeGreaterThan(60);
  });

  it('may call the methods of JSON-RPC that ask for what it holds, and no other', async () => {
    for (const [method, access] of Object.entries(rpcMethods)) {
      const request = { jsonrpc: '2.0', id: 1, method };
      expect([method, entry(await gateway.post('/mcp/rpc', request, headers[name]))]).toEqual([
        method,
        expectedEntry(name, access),
      ]);
    }
  });
});

const rpcMethods = {
  'mcp.execute': 'any caller',
  'mcp.listServices': 'any caller',
  'mcp.getService': 'any caller',
  'tools/list': 'any caller',
  'tools/call': 'any caller',
  'mcp/stats': 'monitor',
  ping: 'any caller',
  'rpc.discover': 'any caller',
};
/** For any caller: what they answer is what the caller may see. */
const mcpMethods = [
  'tools/list',
  'tools/call',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'prompts/list',
  'prompts/get',
  'completion/complete',
];
/** What a session is asked about itself. */
const sessionMethods = ['ping', 'logging/setLevel', 'resources/subscribe', 'resources/unsubscribe'];
const roomsOf: Record<string, string> = {
  metrics: 'monitor',
  alerts: 'monitor',
  upstreams: 'monitor',
  'tool-executions': 'any caller',
  approvals: 'approve',
  logs: 'admin',
};
const verbs = ['create', 'list', 'revoke', 'rotate'];

describe('nothing is forgotten here:', () => {
  const inApp = <T>(type: new (...args: never[]) => T): T => gateway.gateway.app.get(type);

  it('operations, and the permission of each', () => {
    const declared = inApp(Catalog).services.flatMap(({ operations }) =>
      operations.map(({ id, permission }) => `${id} ${permission}`),
    );
    expect(declared.sort()).toEqual(rows.map(({ id, permission }) => `${id} ${permission}`).sort());
  });

  it('methods of JSON-RPC and MCP', () => {
    expect([...inApp(RpcMethods).table.keys()]).toEqual(Object.keys(rpcMethods));
    const { table } = inApp(McpMethods) as unknown as { table: ReadonlyMap<string, unknown> };
    expect([...table.keys()]).toEqual(mcpMethods);
    expect([...inApp(SessionMethods).table.keys()]).toEqual(sessionMethods);
    expect([...inApp(UpstreamMethods).table.keys()].filter((method) => !mcpMethods.includes(method))).toEqual([]);
  });

  it('rooms, and what an admin does with keys over a socket', () => {
    expect([...liveRooms].sort()).toEqual(Object.keys(roomsOf).sort());
    expect(shapes.manage_api_key.options.map(({ shape }) => shape.action.value)).toEqual(verbs);
  });
});

describe('an operation', () => {
  /** Runs nothing: whoever may call is told of the member. */
  const nothing = { noSuchMember: 1 };
  /** Passes a call on, and asks of its caller what the other asks. */
  const direct = rows.filter(({ id }) => id !== 'gateway.call_tool');
  const allowed = (name: string, of: readonly Row[]) => of.map((row) => [row.id, mayCall(name, row)]);
  const decided = (of: readonly Row[], outcomes: Outcome[]) =>
    outcomes.map((outcome, i) => [of[i]!.id, 'kind' in outcome && outcome.kind === 'invalid']);

  it.each(known)('is called by %s where it may, through JSON-RPC and MCP', async (name) => {
    const requests = {
      'mcp.execute': ({ service, name: operation }: Row) => ({ service, operation, params: nothing }),
      'tools/call': ({ tool }: Row) => ({ name: tool, arguments: nothing }),
      'through call_tool': ({ tool }: Row) => ({ name: 'call_tool', arguments: { name: tool, arguments: nothing } }),
    };
    for (const [path, of, kind] of [
      ['/mcp/rpc', headers[name]!, 'mcp.execute'],
      ['/mcp/rpc', headers[name]!, 'tools/call'],
      ['/mcp/rpc', headers[name]!, 'through call_tool'],
      ['/mcp', await openSession(gateway, headers[name]!), 'tools/call'],
    ] as const) {
      const outcomes: Outcome[] = [];
      for (let at = 0; at < direct.length; at += 50) {
        const method = kind === 'mcp.execute' ? kind : 'tools/call';
        const batch = direct
          .slice(at, at + 50)
          .map((row, id) => ({ jsonrpc: '2.0', id, method, params: requests[kind](row) }));
        outcomes.push(...((await gateway.post(path, batch, of)).body as unknown[]).map(ofRpc));
      }
      expect([kind, decided(direct, outcomes)]).toEqual([kind, allowed(name, direct)]);
    }
  });

  /** One for each permission of each service: what a door makes of the answer does not depend on more. */
  const some = [...new Map(direct.map((row) => [`${row.service}:${row.permission}`, row])).values()];

  it.each(known)('is called by %s where it may, through every door', async (name) => {
    const { doors, close } = await openDoors(gateway, headers[name]!);
    for (const [door, call] of Object.entries(doors)) {
      const outcomes = await Promise.all(some.map((row) => call(row, nothing)));
      expect([door, decided(some, outcomes)]).toEqual([door, allowed(name, some)]);
    }
    close();
  });

  it.each(known)('is shown to %s where it may call it, in every list', async (name) => {
    const mine = direct.filter((row) => mayCall(name, row));
    const ids = mine.map(({ id }) => id).sort();
    const tools = mine.map(({ tool }) => tool).sort();
    const of = headers[name]!;
    const passesOn = (shown: string[]) =>
      shown.filter((each) => !['call_tool', 'gateway.call_tool'].includes(each)).sort();
    const session = await openSession(gateway, of);
    const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
    const toolNames = ({ body }: Answer) =>
      passesOn((body as { result: { tools: { name: string }[] } }).result.tools.map((tool) => tool.name));
    expect(toolNames(await gateway.post('/mcp/rpc', list, of))).toEqual(tools);
    expect(toolNames(await gateway.post('/mcp', list, session))).toEqual(tools);
    const { services } = (await gateway.get('/mcp/catalog', of)).body as { services: { operations: Row[] }[] };
    expect(passesOn(services.flatMap(({ operations }) => operations.map(({ id }) => id)))).toEqual(ids);
    const { tools: listed } = (await gateway.get('/api/tools', of)).body as { tools: { name: string }[] };
    expect(passesOn(listed.map((tool) => tool.name))).toEqual(tools);
    const { paths } = (await gateway.get('/openapi.json', of)).body as { paths: object };
    expect(Object.keys(paths)).toHaveLength(ids.length + (listed.length - tools.length));
  });
});

describe('MCP', () => {
  it.each(['/mcp', '/mcp/servers/none', '/mcp/toolsets/none'])(
    '%s answers nobody, whatever the method',
    async (path) => {
      const methods = [...mcpMethods, ...sessionMethods, 'initialize', 'server/discover', 'subscriptions/listen'];
      for (const method of methods) {
        for (const revision of ['2025-11-25', '2026-07-28']) {
          const params = {
            _meta: {
              'io.modelcontextprotocol/protocolVersion': revision,
              'io.modelcontextprotocol/clientCapabilities': {},
            },
          };
          const asked = { ...headers.nobody, 'mcp-protocol-version': revision, 'mcp-method': method };
          const answer = await gateway.post(path, { jsonrpc: '2.0', id: 1, method, params }, asked);
          expect([method, revision, answer.status]).toEqual([method, revision, 401]);
        }
      }
    },
  );
});

describe.each(names)('over a socket %s', (name) => {
  let socket: TestSocket;
  beforeAll(async () => {
    socket = await connectPlain(gateway.url, { headers: headers[name]! });
  });
  afterAll(() => socket.close());

  const kind = async (message: string, body: object = {}) => {
    const answer = await socket.ask(message, body);
    if (answer.ok || !['unauthenticated', 'forbidden'].includes(answer.error.kind)) return 'yes';
    return answer.error.kind === 'forbidden' ? 'no' : 'who?';
  };

  it('may follow the rooms that ask for what it holds, and no other', async () => {
    for (const [room, access] of Object.entries(roomsOf)) {
      expect([room, await kind('subscribe', { room })]).toEqual([room, expectedEntry(name, access)]);
    }
  });

  it('may send the messages that ask for what it holds, and no other', async () => {
    const handlers = Object.entries(gateway.gateway.app.get(MessageTable).handlers);
    // another credential would end the connection
    for (const [message, { access }] of handlers.filter(([each]) => each !== 'auth')) {
      expect([message, await kind(message)]).toEqual([message, expectedEntry(name, access)]);
    }
  });

  it('may do what an admin does with keys, or may not', async () => {
    for (const action of verbs) {
      const asked = { action, id: 'none', name: 'x', permissions: ['read'] };
      expect([action, await kind('manage_api_key', asked)]).toEqual([action, expectedEntry(name, 'admin')]);
    }
  });
});
