import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import jwt from 'jsonwebtoken';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Sessions } from '../libs/core/src/doors/mcp/sessions.js';
import { GatewayModule } from '../libs/services/src/gateway/gateway.module.js';
import { LibraryModule } from './fixtures/library.service.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';

const admin = { 'x-mcp-key': ADMIN_KEY };
const JWT_SECRET = 'a secret of the policy tests, long enough';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { JWT_SECRET }, services: [LibraryModule, GatewayModule] });
});
afterAll(() => gateway.close());

type Headers = Record<string, string>;
type Input = Record<string, unknown>;
interface Rule extends Record<string, unknown> {
  name: string;
  effect: 'allow' | 'deny';
  operations: string[];
}

const change = (policies: unknown, headers: Headers = admin) => gateway.post('/config', { policies }, headers);

async function stand(rules: Rule[], roles: Record<string, string[]> = {}): Promise<void> {
  const { status, text } = await change({ roles, rules });
  expect({ status, text }).toMatchObject({ status: 200 });
}

async function keyWith(permissions: string[], more: object = {}): Promise<Headers> {
  const { body } = await gateway.post('/admin/api-keys', { name: 'tester', permissions, ...more }, admin);
  return { 'x-mcp-key': (body as { key: string }).key };
}

interface Refusal {
  kind: string;
  message: string;
  rule: unknown;
}

interface RpcError {
  message: string;
  data: Record<string, unknown>;
}

const ofRpc = (error: RpcError | undefined): Refusal | 'allowed' =>
  error ? { kind: String(error.data.kind), message: error.message, rule: error.data.rule } : 'allowed';

const ofEnvelope = (body: unknown): Refusal | 'allowed' => {
  const { error } = body as { error?: { kind: string; message: string; details: { rule?: unknown } } };
  return error ? { kind: error.kind, message: error.message, rule: error.details.rule } : 'allowed';
};

/** Every way to call `library.<name>`; each answers whether it was let through, or how it was refused. */
const doors: Record<string, (name: string, input: Input, caller: Headers) => Promise<Refusal | 'allowed'>> = {
  'mcp.execute': async (name, input, caller) =>
    ofRpc((await gateway.rpc('mcp.execute', { service: 'library', operation: name, params: input }, caller)).error),
  'tools/call': async (name, input, caller) =>
    ofRpc((await gateway.rpc('tools/call', { name: toolOf(name), arguments: input }, caller)).error),
  call_tool: async (name, input, caller) => {
    const params = { name: 'call_tool', arguments: { name: toolOf(name), arguments: input } };
    return ofRpc((await gateway.rpc('tools/call', params, caller)).error);
  },
  MCP: async (name, input, caller) => {
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const tool = toolOf(name);
    const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': tool };
    const params = { name: tool, arguments: input, _meta };
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params };
    const answer = await gateway.post('/mcp', body, { ...caller, accept: 'application/json', ...headers });
    return ofRpc((answer.body as { error?: RpcError }).error);
  },
  'a slash command': async (name, input, caller) => {
    const command = `/mcp-library ${name} ${JSON.stringify(input)}`;
    return ofEnvelope((await gateway.post('/mcp/execute', { command }, caller)).body);
  },
  REST: async (name, input, caller) =>
    ofEnvelope((await gateway.post(`/api/services/library/${name}`, input, caller)).body),
};

const toolOf = (name: string) => `library_${name.replaceAll('-', '_')}`;

/** What every door says; the same where they agree. */
async function throughEveryDoor(name: string, input: Input, caller: Headers) {
  const entries = await Promise.all(
    Object.entries(doors).map(async ([door, call]) => [door, await call(name, input, caller)] as const),
  );
  return Object.fromEntries(entries);
}

const everywhere = (answer: unknown) => Object.fromEntries(Object.keys(doors).map((door) => [door, answer]));

const deny = (operations: string[], more: object = {}): Rule => ({ name: 'no', effect: 'deny', operations, ...more });
const allow = (operations: string[], more: object = {}): Rule => ({
  name: 'yes',
  effect: 'allow',
  operations,
  ...more,
});

interface Case {
  permissions: string[];
  rules: Rule[];
  roles?: Record<string, string[]>;
  call?: [name: string, input: Input];
  /** The rule that refuses, or `permission` where one is missing. */
  refusedBy?: string;
}

const readBook: [string, Input] = ['read-book', {}];
/** Enough to use every door, and to know that there is a library. */
const calling = ['gateway:read', 'library.list-shelves'];

describe('a call', () => {
  it.each<[title: string, given: Case]>([
    ['what a permission gives', { permissions: ['read'], rules: [] }],
    ['nothing that gives it', { permissions: calling, rules: [], refusedBy: 'permission' }],
    [
      'a role that gives it',
      { permissions: [...calling, 'role:reader'], rules: [], roles: { reader: ['library:read'] } },
    ],
    ['a rule that allows it', { permissions: calling, rules: [allow(['library.read-book'])] }],
    ['a rule for the whole service', { permissions: calling, rules: [allow(['library:*'])] }],
    ['a rule for the action there', { permissions: calling, rules: [allow(['library:read'])] }],
    ['a rule by names', { permissions: calling, rules: [allow(['library.read-*'])] }],
    ['a rule by the name of the tool', { permissions: calling, rules: [allow(['library_read_book'])] }],
    ['a rule by another name', { permissions: calling, rules: [allow(['library.open_book'])] }],
    [
      'a rule about others',
      { permissions: calling, rules: [allow(['*'], { callers: ['key:other'] })], refusedBy: 'permission' },
    ],
    [
      'a rule about keys of this name',
      { permissions: calling, rules: [allow(['library:*'], { callers: ['key:test*'] })] },
    ],
    ['a rule about this network', { permissions: calling, rules: [allow(['library:*'], { networks: ['loopback'] })] }],
    [
      'a rule about another network',
      { permissions: calling, rules: [allow(['library:*'], { networks: ['10.0.0.0/8'] })], refusedBy: 'permission' },
    ],
    [
      'a rule that denies, whatever is held',
      {
        permissions: ['*'],
        rules: [deny(['library.read-book'], { callers: ['key:tester'] }), allow(['*'])],
        refusedBy: 'no',
      },
    ],
    [
      'a rule that denies by another name',
      { permissions: ['read'], rules: [deny(['library.open-book'])], refusedBy: 'no' },
    ],
    [
      'a rule that denies in other letters',
      { permissions: ['read'], rules: [deny(['LIBRARY.read-*'])], refusedBy: 'no' },
    ],
    [
      'a rule that denies keys by a name in other letters',
      { permissions: ['read'], rules: [deny(['library.read-*'], { callers: ['key:TESTER'] })], refusedBy: 'no' },
    ],
    [
      'a rule that denies other networks',
      { permissions: ['read'], rules: [deny(['library:*'], { networks: ['10.0.0.0/8'] })] },
    ],
    [
      'the value that is allowed',
      {
        permissions: calling,
        rules: [allow(['library:*'], { when: { shelf: 'history' } })],
        call: ['read-book', { shelf: 'history' }],
      },
    ],
    [
      'another name of the value that is allowed',
      {
        permissions: calling,
        rules: [allow(['library:*'], { when: { shelf: 'history' } })],
        call: ['read-book', { shelf: '1' }],
      },
    ],
    [
      'a value that the rule names otherwise',
      {
        permissions: calling,
        rules: [allow(['library:*'], { when: { shelf: '1' } })],
        call: ['read-book', { shelf: 'History' }],
      },
    ],
    [
      'the default of the service',
      { permissions: calling, rules: [allow(['library:*'], { when: { shelf: 'history' } })] },
    ],
    [
      'another value',
      {
        permissions: calling,
        rules: [allow(['library:*'], { when: { shelf: 'history' } })],
        call: ['read-book', { shelf: '2' }],
        refusedBy: 'permission',
      },
    ],
    [
      'another name of what is denied',
      {
        permissions: ['read'],
        rules: [deny(['library:*'], { when: { shelf: 'secrets' } })],
        call: ['read-book', { shelf: '2' }],
        refusedBy: 'no',
      },
    ],
    [
      'what is not denied',
      {
        permissions: ['read'],
        rules: [deny(['library:*'], { when: { shelf: 'secrets' } })],
        call: ['read-book', { shelf: '1' }],
      },
    ],
    [
      'an operation without the argument, of which some values are denied',
      {
        permissions: ['read'],
        rules: [deny(['library:*'], { when: { shelf: 'secrets' } })],
        call: ['list-shelves', {}],
      },
    ],
    [
      'an operation without the argument, of which all but one value is denied',
      {
        permissions: ['read'],
        rules: [deny(['library:*'], { unless: { shelf: 'history' } })],
        call: ['list-shelves', {}],
        refusedBy: 'no',
      },
    ],
    [
      'the value that alone is not denied',
      {
        permissions: ['read'],
        rules: [deny(['library:*'], { unless: { shelf: 'history' } })],
        call: ['read-book', { shelf: 'HISTORY' }],
      },
    ],
    [
      'a number within bounds',
      {
        permissions: calling,
        rules: [allow(['library:*'], { when: { pages: { max: 10 } } })],
        call: ['read-book', { pages: 10 }],
      },
    ],
    [
      'the default, within bounds',
      { permissions: calling, rules: [allow(['library:*'], { when: { pages: { max: 10 } } })] },
    ],
    [
      'a number beyond',
      {
        permissions: calling,
        rules: [allow(['library:*'], { when: { pages: { max: 10 } } })],
        call: ['read-book', { pages: 11 }],
        refusedBy: 'permission',
      },
    ],
    [
      'paths below the folder',
      {
        permissions: calling,
        rules: [allow(['library:*'], { when: { 'files.path': { under: 'docs' } } })],
        call: ['move-books', { files: [{ path: 'docs/a' }, { path: './docs//b' }] }],
      },
    ],
    [
      'a path that leaves the folder',
      {
        permissions: calling,
        rules: [allow(['library:*'], { when: { 'files.path': { under: 'docs' } } })],
        call: ['move-books', { files: [{ path: 'docs/a' }, { path: 'docs/../x' }] }],
        refusedBy: 'permission',
      },
    ],
    [
      'a folder that only begins alike',
      {
        permissions: calling,
        rules: [allow(['library:*'], { when: { 'files.path': { under: 'docs' } } })],
        call: ['move-books', { files: [{ path: 'docs-secret/a' }] }],
        refusedBy: 'permission',
      },
    ],
    [
      'one of several paths below what is denied',
      {
        permissions: ['read', 'write'],
        rules: [deny(['library:*'], { when: { 'files.path': { under: 'secret' } } })],
        call: ['move-books', { files: [{ path: 'a' }, { path: 'x/../secret/b' }] }],
        refusedBy: 'no',
      },
    ],
    [
      'paths beside what is denied',
      {
        permissions: ['read', 'write'],
        rules: [deny(['library:*'], { when: { 'files.path': { under: 'secret' } } })],
        call: ['move-books', { files: [{ path: 'a' }] }],
      },
    ],
    [
      'an empty list',
      {
        permissions: calling,
        rules: [allow(['library:*'], { when: { 'files.path': { under: 'docs' } } })],
        call: ['move-books', { files: [] }],
        refusedBy: 'permission',
      },
    ],
    [
      'an action that only these arguments need, denied',
      {
        permissions: ['*'],
        rules: [deny(['library:execute'])],
        call: ['move-books', { files: [], to: 'bin' }],
        refusedBy: 'no',
      },
    ],
    [
      'the same operation without it',
      { permissions: ['*'], rules: [deny(['library:execute'])], call: ['move-books', { files: [] }] },
    ],
  ])('%s', async (_title, { permissions, rules, roles, call = readBook, refusedBy }) => {
    await stand(rules, roles);
    const caller = await keyWith(permissions);
    const answers = await throughEveryDoor(...call, caller);
    if (refusedBy === undefined) {
      expect(answers).toEqual(everywhere('allowed'));
    } else {
      const rule = refusedBy === 'permission' ? undefined : refusedBy;
      expect(answers).toEqual(everywhere({ kind: 'forbidden', rule, message: expect.any(String) as string }));
    }
  });
});

describe('what is listed', () => {
  const listings: Record<string, (caller: Headers) => Promise<string[]>> = {
    'the catalog': async (caller) => {
      const { services } = (await gateway.get('/mcp/catalog', caller)).body as Listed;
      return services.flatMap(({ operations }) => operations.map(({ id }) => id));
    },
    '/api/tools': async (caller) => namesIn((await gateway.get('/api/tools', caller)).body as Tools),
    'tools/list': async (caller) => namesIn((await gateway.rpc('tools/list', {}, caller)).result as Tools),
    'tools/list of MCP': async (caller) => namesIn(await overMcp('tools/list', caller)),
    search_tools: async (caller) => {
      const params = { name: 'search_tools', arguments: { query: 'library books shelves', limit: 20 } };
      const { result } = await gateway.rpc('tools/call', params, caller);
      return namesIn((result as { structuredContent: Tools }).structuredContent);
    },
    'the help of slash commands': async (caller) => {
      const { body } = await gateway.post('/mcp/execute', { command: '/help' }, caller);
      return (body as { data: { commands: { usage: string[] }[] } }).data.commands.flatMap(({ usage }) => usage);
    },
    OpenAPI: async (caller) =>
      Object.keys(((await gateway.get('/openapi.json', caller)).body as { paths: object }).paths),
    'a toolset': async (caller) => namesIn(await overMcp('tools/list', caller, '/mcp/toolsets/books')),
  };
  interface Listed {
    services: { operations: { id: string }[] }[];
  }
  type Tools = { tools: { name: string }[] } | { name: string }[];
  const namesIn = (tools: Tools) => (Array.isArray(tools) ? tools : tools.tools).map(({ name }) => name);
  const mentions = (names: readonly string[], operation: string) =>
    names.some((name) => name.replaceAll('_', '-').includes(operation));

  beforeAll(async () => {
    await gateway.post('/admin/toolsets', { name: 'books', tools: ['library.*'] }, admin);
  });

  it.each(Object.keys(listings))('%s shows what may be called with some arguments, and nothing else', async (name) => {
    await stand([
      { name: 'some-shelf', effect: 'allow', operations: ['library.read-book'], when: { shelf: 'history' } },
      { name: 'not-moved', effect: 'deny', operations: ['library.move-books'] },
    ]);
    const caller = await keyWith([...calling, 'write']);
    const names = await listings[name]!(caller);
    expect({
      ofHeld: mentions(names, 'list-shelves'),
      ofCondition: mentions(names, 'read-book'),
      ofDenied: mentions(names, 'move-books'),
    }).toEqual({ ofHeld: true, ofCondition: true, ofDenied: false });
  });

  it('includes prompts and resources of services of which something may be used', async () => {
    const caller = await keyWith(['read', 'write']);
    const shown = async () => {
      const { prompts } = await overMcp('prompts/list', caller);
      const { resources } = await overMcp('resources/list', caller);
      const read = await overMcp('resources/read', caller, '/mcp', { uri: 'catalog://services/library' });
      return {
        prompt: namesIn(prompts).includes('library_browse'),
        resource: namesIn(resources).includes('service-library'),
        readable: read.contents !== undefined,
      };
    };
    await stand([]);
    expect(await shown()).toEqual({ prompt: true, resource: true, readable: true });
    await stand([deny(['library:*'])]);
    expect(await shown()).toEqual({ prompt: false, resource: false, readable: false });
  });

  it('changes at once, and clients are told', async () => {
    await stand([]);
    const caller = await keyWith(['read']);
    const client = new Client({ name: 'test', version: '1' });
    let tell: () => void = () => undefined;
    const told = new Promise<void>((resolve) => (tell = resolve));
    client.setNotificationHandler('notifications/tools/list_changed', () => tell());
    const requestInit = { headers: caller };
    await client.connect(new StreamableHTTPClientTransport(new URL(`${gateway.url}/mcp`), { requestInit }));
    try {
      expect(namesIn(await client.listTools())).toContain('library_read_book');
      await vi.waitFor(() => expect(openStreams()).toBeGreaterThan(0), 10_000);
      await stand([deny(['library.read-book'])]);
      await told;
      expect(namesIn(await client.listTools())).not.toContain('library_read_book');
    } finally {
      await client.close();
    }
  });

  const openStreams = () => [...gateway.gateway.app.get(Sessions).all()].filter(({ isBusy }) => isBusy).length;
});

describe('roles', () => {
  const roles = { reader: ['library:read'], mover: ['library:write', 'library:execute'] };
  const token = (claims: object) => ({
    authorization: `Bearer ${jwt.sign({ sub: 'ada', permissions: calling, ...claims }, JWT_SECRET, { expiresIn: 60 })}`,
  });

  it.each<[title: string, claims: object, allowed: boolean]>([
    ['named by the claim roles', { roles: ['mover'] }, true],
    ['named as permission', { permissions: [...calling, 'role:mover'] }, true],
    ['named in words', { roles: 'reader mover' }, true],
    ['of others', { roles: ['reader'] }, false],
    ['that are none', { roles: ['admin', '*', 7] }, false],
  ])('%s', async (_title, claims, allowed) => {
    await stand([], roles);
    const answers = await throughEveryDoor('move-books', { files: [] }, token(claims));
    const refused = { kind: 'forbidden', rule: undefined, message: expect.any(String) as string };
    expect(answers).toEqual(everywhere(allowed ? 'allowed' : refused));
  });

  it.each<[title: string, claims: object, allowed: boolean]>([
    ['the claim that is asked for', { department: 'books' }, true],
    ['one of several values', { department: ['sales', 'books'] }, true],
    ['another value', { department: 'sales' }, false],
    ['no claim', {}, false],
  ])('and rules on claims: %s', async (_title, claims, allowed) => {
    await stand([allow(['library.move-books'], { claims: { department: 'books' } })]);
    expect(await doors.REST!('move-books', { files: [] }, token(claims))).toEqual(
      allowed ? 'allowed' : expect.objectContaining({ kind: 'forbidden' }),
    );
  });

  it('lose what the policy takes from them, at the next call', async () => {
    const caller = await withRoles(roles, () => keyWith([...calling, 'role:mover']));
    expect(await doors.REST!('move-books', { files: [] }, caller)).toBe('allowed');
    await stand([], { ...roles, mover: ['read'] });
    expect(await doors.REST!('move-books', { files: [] }, caller)).toMatchObject({ kind: 'forbidden' });
    await stand([], {});
    expect(await doors.REST!('read-book', {}, caller)).toMatchObject({ kind: 'forbidden' });
  });

  it('are given only where the policy has them, by who holds what is in them', async () => {
    await stand([], { ...roles, all: ['*'] });
    const boss = await keyWith(['admin', 'library:read']);
    const make = async (role: string, headers: Headers) => {
      const { status } = await gateway.post('/admin/api-keys', { name: 'x', permissions: [`role:${role}`] }, headers);
      return status;
    };
    expect(await make('reader', boss)).toBe(201);
    expect(await make('mover', boss)).toBe(403);
    expect(await make('all', boss)).toBe(403);
    expect(await make('nobody', admin)).toBe(400);
  });

  it('never make an admin of an address', async () => {
    await stand([allow(['*'], { callers: ['local'] })]);
    expect((await gateway.get('/config')).status).toBe(403);
    expect(await doors.REST!('move-books', { files: [], to: 'bin' }, {})).toBe('allowed');
  });

  async function withRoles<T>(given: Record<string, string[]>, work: () => Promise<T>): Promise<T> {
    await stand([], given);
    return work();
  }
});

describe('a change of the policy', () => {
  it.each<[title: string, policies: unknown, expected: string]>([
    ['an unknown member', { rules: [{ ...deny(['read']), priority: 1 }] }, 'policies'],
    ['an unknown effect', { rules: [{ name: 'x', effect: 'maybe', operations: ['*'] }] }, 'policies'],
    ['a rule about nothing', { rules: [{ name: 'x', effect: 'deny', operations: [] }] }, 'policies'],
    ['two rules of one name', { rules: [deny(['read']), deny(['write'])] }, 'policies'],
    ['a bad pattern', { rules: [deny(['library:reads'])] }, 'policies'],
    ['an operation that does not exist', { rules: [deny(['library.read-boo'])] }, 'policies'],
    ['a tool that does not exist', { rules: [deny(['raed'])] }, 'policies'],
    ['a bad network', { rules: [deny(['read'], { networks: ['10.0.0.0/40'] })] }, 'policies'],
    ['an empty condition', { rules: [deny(['read'], { when: {} })] }, 'policies'],
    ['a role in a role', { roles: { a: ['role:b'] } }, 'policies'],
  ])('is refused for %s', async (_title, policies, path) => {
    const { status, body } = await change(policies);
    expect({ status, path: (body as any).error.details.issues[0].path }).toEqual({ status: 400, path });
  });

  it('is refused where it would lock out the one who makes it', async () => {
    await stand([]);
    const { status, body } = await change({ rules: [deny(['admin'])] });
    expect({ status, message: (body as any).error.message }).toEqual({
      status: 409,
      message: 'policies would no longer let you use the administration, and lock you out',
    });
    expect((await change({ rules: [deny(['*'], { networks: ['loopback'] })] })).status).toBe(409);
    expect((await change({ rules: [deny(['*'], { callers: ['key:someone-else'] })] })).status).toBe(200);
  });

  it('is for who holds everything: a policy can give everything', async () => {
    await stand([]);
    const boss = await keyWith(['admin', 'read']);
    expect((await change({ rules: [] }, boss)).status).toBe(200);
    expect((await change({ rules: [allow(['*'])] }, boss)).status).toBe(403);
    expect((await change({ rules: [deny(['execute'])] }, boss)).status).toBe(403);
  });

  it('can be taken back', async () => {
    await stand([]);
    const caller = await keyWith(['read']);
    await stand([deny(['library:*'])]);
    expect((await gateway.post('/config/undo', {}, admin)).status).toBe(200);
    expect(await doors.REST!('read-book', {}, caller)).toBe('allowed');
  });

  it('keeps keys from being made for the sake of a rule, by who does not hold what it allows', async () => {
    await stand([allow(['library:*'], { callers: ['key:librarian'] })]);
    const boss = await keyWith(['admin', 'read']);
    const make = (name: string, headers: Headers) =>
      gateway.post('/admin/api-keys', { name, permissions: ['read'] }, headers);
    expect((await make('librarian', boss)).status).toBe(403);
    expect((await make('reader', boss)).status).toBe(201);
    expect((await make('librarian', admin)).status).toBe(201);
    const { body } = await make('reader', boss);
    const rename = {
      method: 'PATCH',
      path: `/admin/api-keys/${(body as { id: string }).id}`,
      headers: { ...boss, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'librarian' }),
    };
    expect((await gateway.send(rename)).status).toBe(403);
  });
});

describe('a refusal', () => {
  it('names the rule, its reason and the arguments that it looks at, and nothing else of the policy', async () => {
    await stand([
      deny(['library:*'], { name: 'no-secrets', reason: 'Secrets stay on their shelf.', when: { shelf: 'secrets' } }),
      deny(['library.move-books'], { name: 'other' }),
    ]);
    const caller = await keyWith(['read']);
    const { status, body } = await gateway.post('/api/services/library/read-book', { shelf: '2' }, caller);
    expect({ status, error: (body as any).error }).toMatchObject({
      status: 403,
      error: {
        code: -32011,
        kind: 'forbidden',
        message:
          'tester may not use library.read-book with these arguments: the rule "no-secrets" denies it (Secrets stay on their shelf). It looks at shelf: change that, or ask an admin to change the policy.',
        details: { rule: 'no-secrets', reason: 'Secrets stay on their shelf.', arguments: ['shelf'] },
      },
    });
  });

  it('says which arguments would do, where a rule allows some', async () => {
    await stand([allow(['library.read-book'], { when: { shelf: ['history', 'arts'], pages: { max: 3 } } })]);
    const caller = await keyWith(calling);
    const { body } = await gateway.post('/api/services/library/read-book', { pages: 4 }, caller);
    expect((body as any).error.message).toBe(
      'tester may not use library.read-book with these arguments: the rule "yes" allows it when shelf is "history" or "arts" and pages is at most 3. Call it so, or ask an admin for the permission read.',
    );
  });

  it('stands in the audit as denied', async () => {
    await stand([deny(['library:*'], { when: { shelf: 'secrets' } })]);
    const caller = await keyWith(['read']);
    const { headers } = await gateway.post('/api/services/library/read-book', { shelf: '2' }, caller);
    await vi.waitFor(async () => {
      const { body } = await gateway.get(`/admin/audit?requestId=${String(headers['x-request-id'])}`, admin);
      expect((body as any).items).toMatchObject([
        { service: 'library', operation: 'read-book', outcome: 'denied', errorKind: 'forbidden', door: 'rest' },
      ]);
    }, 10_000);
  });
});

async function overMcp(method: string, caller: Headers, path = '/mcp', more: object = {}): Promise<any> {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const { uri } = more as { uri?: string };
  const headers = {
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    ...(uri !== undefined && { 'mcp-name': uri }),
  };
  const body = { jsonrpc: '2.0', id: 1, method, params: { ...more, _meta } };
  const answer = await gateway.post(path, body, { ...caller, accept: 'application/json', ...headers });
  return (answer.body as { result?: unknown }).result ?? {};
}
