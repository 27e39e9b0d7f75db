import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ADMIN_KEY, startGateway, type Answer, type TestGateway } from './gateway.js';
import { exchange } from './raw-http.js';

type Header = [name: string, value: string];
type Keys = Record<'admin' | 'reader' | 'writer' | 'elsewhere' | 'here' | 'expired' | 'gone', string>;

/** One request and who it is taken for: the caller's subject, or the status of its refusal. */
interface Case {
  name: string;
  headers: (keys: Keys) => Header[];
  query?: (keys: Keys) => string;
  is: string | number;
}

const typed = (key: string) => key.slice(0, -1) + (key.endsWith('0') ? '1' : '0');
const bearer = (key: string): Header => ['Authorization', `Bearer ${key}`];
const none = () => [];
const is = (name: string, subject: string | number, headers: Case['headers'], query?: Case['query']): Case =>
  query ? { name, headers, query, is: subject } : { name, headers, is: subject };
const forwarded = (name: string, subject: string | number, ...headers: Header[]) => is(name, subject, () => headers);

/** Settings, and what must hold under them. */
const profiles: Record<string, { env?: Record<string, string>; cases: Case[] }> = {
  'by default': {
    cases: [
      is('no credential from loopback', 'local', none),
      is('X-MCP-Key', 'reader', ({ reader }) => [['X-MCP-Key', reader]]),
      is('X-API-Key', 'reader', ({ reader }) => [['X-API-Key', reader]]),
      is('Bearer', 'reader', ({ reader }) => [bearer(reader)]),
      is('bearer in any case', 'reader', ({ reader }) => [['AUTHORIZATION', `bEaReR ${reader}`]]),
      is('blanks around a key', 'reader', ({ reader }) => [['X-MCP-Key', `  ${reader}  `]]),
      is('the key of MCP_ADMIN_KEY', 'MCP_ADMIN_KEY', () => [['X-MCP-Key', ADMIN_KEY]]),
      is('a wrong key', 401, () => [['X-MCP-Key', 'nonsense']]),
      is('a key with a typing error', 401, ({ reader }) => [['X-MCP-Key', typed(reader)]]),
      is('half a key', 401, ({ reader }) => [['X-MCP-Key', reader.slice(0, 30)]]),
      is('a key of another gateway', 401, () => [
        ['X-MCP-Key', 'mcp_live_2WmOEtDm8Xb1BAnwz3Nq0PZRkVJvCLs7yGfoQhTi5xu1c4NaB8'],
      ]),
      is('a very long key', 401, () => [['X-MCP-Key', 'x'.repeat(8_000)]]),
      is('an empty X-MCP-Key', 401, () => [['X-MCP-Key', '']]),
      is('an empty X-API-Key', 401, () => [['X-API-Key', ' ']]),
      is('an empty Authorization', 401, () => [['Authorization', '']]),
      is('Bearer without a key', 401, () => [['Authorization', 'Bearer ']]),
      is('Basic', 401, ({ reader }) => [['Authorization', `Basic ${Buffer.from(`x:${reader}`).toString('base64')}`]]),
      is('a key without its scheme', 401, ({ reader }) => [['Authorization', reader]]),
      is('two that agree', 'reader', ({ reader }) => [['X-MCP-Key', reader], bearer(reader)]),
      is('three that agree', 'reader', ({ reader }) => [['X-MCP-Key', reader], ['X-API-Key', reader], bearer(reader)]),
      is('two that differ, both good', 401, ({ reader, writer }) => [['X-MCP-Key', reader], bearer(writer)]),
      is('a good one and a bad one', 401, ({ reader }) => [['X-MCP-Key', 'nonsense'], bearer(reader)]),
      is('a good one and an empty one', 401, ({ reader }) => [
        ['X-MCP-Key', reader],
        ['X-API-Key', ''],
      ]),
      is('a good one and Basic', 401, ({ reader }) => [
        ['X-MCP-Key', reader],
        ['Authorization', 'Basic eDp5'],
      ]),
      is('Authorization twice, the same', 'reader', ({ reader }) => [bearer(reader), bearer(reader)]),
      is('Authorization twice, the second bad', 401, ({ reader }) => [bearer(reader), bearer('nonsense')]),
      is('Authorization twice, the first bad', 401, ({ reader }) => [bearer('nonsense'), bearer(reader)]),
      is('Authorization twice, both good', 401, ({ reader, writer }) => [bearer(reader), bearer(writer)]),
      is('X-MCP-Key twice', 401, ({ reader, writer }) => [
        ['X-MCP-Key', reader],
        ['X-MCP-Key', writer],
      ]),
      is('a key that is expired', 401, ({ expired }) => [['X-MCP-Key', expired]]),
      is('a key that was deleted', 401, ({ gone }) => [['X-MCP-Key', gone]]),
      is('a key from a network that it allows', 'here', ({ here }) => [['X-MCP-Key', here]]),
      is('a key from a network that it does not allow', 401, ({ elsewhere }) => [['X-MCP-Key', elsewhere]]),
      is('a key that allows this network, from a proxy that nobody knows', 401, ({ here }) => [
        ['X-MCP-Key', here],
        ['X-Forwarded-For', '127.0.0.1'],
      ]),
      is('a key and a forwarding header', 'reader', ({ reader }) => [
        ['X-MCP-Key', reader],
        ['X-Forwarded-For', '8.8.8.8'],
      ]),
      is('a good key in the query is none', 'local', none, ({ reader }) => `api_key=${reader}`),
      is('a bad key in the query is none', 'local', none, () => 'api_key=nonsense'),
      ...[
        'X-Forwarded-For',
        'X-Forwarded-Host',
        'X-Forwarded-Proto',
        'Forwarded',
        'Via',
        'X-Real-IP',
        'X-Client-IP',
        'True-Client-IP',
        'CF-Connecting-IP',
        'CF-Ray',
        'Fastly-Client-IP',
        'X-Cluster-Client-IP',
        'X-Original-Forwarded-For',
      ].map((header) => forwarded(`${header} from loopback`, 401, [header, '127.0.0.1'])),
      forwarded('an empty X-Forwarded-For from loopback', 401, ['X-Forwarded-For', '']),
      forwarded('headers that only look like forwarding', 'local', ['X-Forward', '8.8.8.8'], ['Forwarder', '8.8.8.8']),
    ],
  },
  'where every caller needs a key (MCP_REQUIRE_API_KEY=true)': {
    env: { MCP_REQUIRE_API_KEY: 'true', TRUSTED_NETWORKS: 'loopback' },
    cases: [is('no credential', 401, none), is('a key', 'reader', ({ reader }) => [['X-MCP-Key', reader]])],
  },
  'where no network is trusted (TRUSTED_NETWORKS=none)': {
    env: { TRUSTED_NETWORKS: 'none' },
    cases: [is('no credential', 401, none), is('a key', 'reader', ({ reader }) => [['X-MCP-Key', reader]])],
  },
  'where other networks are trusted': {
    env: { TRUSTED_NETWORKS: 'private, 169.254.0.0/16' },
    cases: [is('no credential from loopback', 401, none)],
  },
  'where an address is left out of a trusted network': {
    env: { TRUSTED_NETWORKS: 'loopback, !127.0.0.1' },
    cases: [is('no credential from there', 401, none)],
  },
  'where a neighbour is left out of a trusted network': {
    env: { TRUSTED_NETWORKS: '127.0.0.0/8, !127.0.0.2/31' },
    cases: [is('no credential from beside it', 'local', none)],
  },
  'behind a known proxy': {
    env: {
      TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/24, fd00::/64',
      TRUSTED_NETWORKS: 'loopback, 192.168.0.0/16, fd01::/64',
    },
    cases: [
      is('the proxy itself', 'local', none),
      forwarded('a client that is trusted', 'local', ['X-Forwarded-For', '192.168.1.5']),
      forwarded('a client that is not', 401, ['X-Forwarded-For', '8.8.8.8']),
      forwarded('a spoofed leftmost address', 401, ['X-Forwarded-For', '127.0.0.1, 8.8.8.8']),
      forwarded(
        'a spoofed header before that of the proxy',
        401,
        ['X-Forwarded-For', '127.0.0.1'],
        ['X-Forwarded-For', '8.8.8.8'],
      ),
      forwarded('a second known proxy', 'local', ['X-Forwarded-For', '8.8.8.8, 192.168.1.5, 10.0.0.9']),
      forwarded('a second proxy that nobody knows', 401, ['X-Forwarded-For', '192.168.1.5, 11.0.0.9']),
      forwarded('a malformed last entry', 401, ['X-Forwarded-For', '192.168.1.5, unknown']),
      forwarded('an empty last entry', 401, ['X-Forwarded-For', '192.168.1.5, ']),
      forwarded('an empty chain', 401, ['X-Forwarded-For', '']),
      forwarded('a number in place of an address', 401, ['X-Forwarded-For', '2130706433']),
      forwarded('a port', 'local', ['X-Forwarded-For', '192.168.1.5:4711']),
      forwarded('IPv6', 'local', ['X-Forwarded-For', 'fd01::7']),
      forwarded('IPv6 with a port, and an IPv6 proxy', 'local', ['X-Forwarded-For', '[fd01::7]:443, fd00::1']),
      forwarded('an IPv4-mapped address', 'local', ['X-Forwarded-For', '::ffff:192.168.1.5']),
      forwarded('Forwarded', 'local', ['Forwarded', 'for=192.168.1.5;proto=https;by=127.0.0.1']),
      forwarded('Forwarded with IPv6', 'local', ['Forwarded', 'For="[fd01::7]:4711"']),
      forwarded('Forwarded, spoofed on the left', 401, ['Forwarded', 'for=127.0.0.1, for=8.8.8.8']),
      forwarded('Forwarded, hidden', 401, ['Forwarded', 'for=192.168.1.5, for=_hidden']),
      forwarded('Forwarded, a chain in quoted text', 401, ['Forwarded', 'host="a,for=127.0.0.1";for=8.8.8.8']),
      forwarded('both headers', 401, ['Forwarded', 'for=192.168.1.5'], ['X-Forwarded-For', '192.168.1.5']),
      forwarded('another header alone', 401, ['X-Real-IP', '192.168.1.5']),
      is('a key from a network that it allows', 'elsewhere', ({ elsewhere }) => [
        ['X-MCP-Key', elsewhere],
        ['X-Forwarded-For', '203.0.113.9'],
      ]),
      is('a key from another network', 401, ({ elsewhere }) => [
        ['X-MCP-Key', elsewhere],
        ['X-Forwarded-For', '203.0.114.9'],
      ]),
    ],
  },
  'where keys may stand in the query (MCP_ALLOW_QUERY_KEY=true)': {
    env: { MCP_ALLOW_QUERY_KEY: 'true' },
    cases: [
      is('a good one', 'reader', none, ({ reader }) => `api_key=${reader}`),
      is('a bad one', 401, none, () => 'api_key=nonsense'),
      is('an empty one', 401, none, () => 'api_key='),
      is('none', 'local', none, () => 'a=1&api_keys=x'),
      is('two that differ', 401, none, ({ reader, writer }) => `api_key=${reader}&api_key=${writer}`),
      is(
        'one that agrees with a header',
        'reader',
        ({ reader }) => [['X-MCP-Key', reader]],
        ({ reader }) => `api_key=${reader}`,
      ),
      is(
        'one that differs from a header',
        401,
        ({ writer }) => [['X-MCP-Key', writer]],
        ({ reader }) => `api_key=${reader}`,
      ),
    ],
  },
};

const KEYS = {
  admin: { permissions: ['*'] },
  reader: { permissions: ['read'] },
  writer: { permissions: ['read', 'write', 'monitor', 'gateway:read', 'gateway.echo'] },
  elsewhere: { permissions: ['read'], allowedNetworks: ['203.0.113.0/24'] },
  here: { permissions: ['read'], allowedNetworks: ['127.0.0.0/8'] },
  expired: { permissions: ['read'] },
  gone: { permissions: ['read'] },
};

async function makeKeys(gateway: TestGateway): Promise<Keys> {
  const admin = { 'x-mcp-key': ADMIN_KEY };
  const keys: Partial<Keys> = {};
  for (const [name, policy] of Object.entries(KEYS)) {
    const expiresAt = name === 'expired' ? { expiresAt: new Date(Date.now() + 2_000).toISOString() } : {};
    const { body } = await gateway.post('/admin/api-keys', { name, ...policy, ...expiresAt }, admin);
    const { key, id } = body as { key: string; id: string };
    keys[name as keyof Keys] = key;
    if (name === 'gone') await gateway.send({ method: 'DELETE', path: `/admin/api-keys/${id}`, headers: admin });
    const isRefused = async () => expect((await gateway.get('/api/tools', { 'x-mcp-key': key })).status).toBe(401);
    if (name === 'expired') await vi.waitFor(isRefused, 10_000);
  }
  return keys as Keys;
}

const WHOAMI = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'mcp.execute',
  params: { service: 'gateway', operation: 'whoami' },
});

/** Sends the headers byte for byte: node's client would join or refuse some of them. */
async function send(gateway: TestGateway, method: string, path: string, headers: Header[], body = '') {
  const lines = [
    ['Host', 'localhost'],
    ['Connection', 'close'],
    ...(body
      ? [
          ['Content-Type', 'application/json'],
          ['Content-Length', String(Buffer.byteLength(body))],
        ]
      : []),
    ...headers,
  ].map((header) => header.join(': '));
  const received = await exchange(gateway.url, `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
  const [head = '', text = ''] = received.split('\r\n\r\n');
  return { status: Number(head.slice(9, 12)), head, text };
}

interface Running {
  gateway: TestGateway;
  keys: Keys;
}

/** Two gateways for each profile: one answers JSON-RPC at the edge, the other through Nest. */
const running = new Map<string, Running[]>();

beforeAll(async () => {
  const start = async (name: string, env: Record<string, string>) => {
    const gateway = await startGateway({ env });
    const keys = await makeKeys(gateway);
    running.set(name, [...(running.get(name) ?? []), { gateway, keys }]);
  };
  await Promise.all(
    Object.entries(profiles).flatMap(([name, { env }]) => [
      start(name, { ...env }),
      start(name, { ...env, HOT_PATH: 'off' }),
    ]),
  );
});
afterAll(() => Promise.all([...running.values()].flat().map(({ gateway }) => gateway.close())));

describe.each(Object.entries(profiles))('%s', (profile, { cases }) => {
  const withQuery = (path: string, { query }: Case, of: Keys) => (query ? `${path}?${query(of)}` : path);

  it.each(cases.map((each) => [each.name, each.is, each] as const))('%s: %s', async (_case, expected, each) => {
    const { headers } = each;
    expect(running.get(profile)).toHaveLength(2);
    for (const { gateway, keys: of } of running.get(profile)!) {
      const rpc = await send(gateway, 'POST', withQuery('/mcp/rpc', each, of), headers(of), WHOAMI);
      const listed = await send(gateway, 'GET', withQuery('/api/tools', each, of), headers(of));
      const whoami = await send(
        gateway,
        'POST',
        withQuery('/api/services/gateway/whoami', each, of),
        headers(of),
        '{}',
      );
      if (typeof expected === 'string') {
        expect([rpc.status, listed.status, whoami.status]).toEqual([200, 200, 200]);
        expect(JSON.parse(rpc.text).result.data.subject).toBe(expected);
        expect(JSON.parse(whoami.text).data.subject).toBe(expected);
      } else {
        expect([rpc.status, listed.status, whoami.status]).toEqual([expected, expected, expected]);
        for (const { head } of [rpc, listed, whoami])
          expect(head.toLowerCase()).toContain('\r\nwww-authenticate: bearer ');
        const shown = [rpc, listed, whoami].map(({ text }) => JSON.parse(text).error);
        expect(shown.map(({ code }) => code)).toEqual([-32010, -32010, -32010]);
        // the two gates give the same reason, and no credential in it
        expect(new Set(shown.map(({ message }) => message)).size).toBe(1);
        for (const [, value] of headers(of))
          if (value.trim() !== '') expect(rpc.text + listed.text).not.toContain(value);
      }
    }
  });
});

describe.concurrent('what a caller may do', () => {
  const permissionsOf = ({ body }: Answer) => (body as { data: { permissions: string[] } }).data.permissions;
  const whoami = (gateway: TestGateway, headers = {}, query = '') =>
    gateway.post(`/api/services/gateway/whoami${query}`, {}, headers);

  async function withGateway<T>(env: Record<string, string>, work: (gateway: TestGateway) => Promise<T>): Promise<T> {
    const gateway = await startGateway({ env });
    try {
      return await work(gateway);
    } finally {
      await gateway.close();
    }
  }

  it.each<[name: string, env: Record<string, string>, permissions: string[]]>([
    ['on a loopback address', {}, ['read', 'write', 'monitor']],
    ['on localhost', { HOST: 'localhost' }, ['read', 'write', 'monitor']],
    ['on every address', { HOST: '0.0.0.0' }, ['read']],
    ['as TRUSTED_PERMISSIONS says', { TRUSTED_PERMISSIONS: 'gateway:read, execute' }, ['gateway:read', 'execute']],
    [
      'as TRUSTED_PERMISSIONS says, on every address',
      { HOST: '0.0.0.0', TRUSTED_PERMISSIONS: 'read,monitor' },
      ['read', 'monitor'],
    ],
  ])('without a key, %s', async (_name, env, permissions) => {
    await withGateway(env, async (gateway) => {
      const local = { ...gateway, url: gateway.url.replace('0.0.0.0', '127.0.0.1') };
      expect(permissionsOf(await whoami(local))).toEqual(permissions);
      expect((await gateway.get('/api/stats')).status).toBe(permissions.includes('monitor') ? 200 : 403);
      expect((await gateway.get('/admin/api-keys')).status).toBe(403);
    });
  });

  it('with a key of the query is to read, whatever else the key may do', async () => {
    await withGateway({ MCP_ALLOW_QUERY_KEY: 'true' }, async (gateway) => {
      const { admin, writer } = await makeKeys(gateway);
      expect(permissionsOf(await whoami(gateway, {}, `?api_key=${admin}`))).toEqual(['read']);
      expect(permissionsOf(await whoami(gateway, {}, `?api_key=${writer}`))).toEqual(['read', 'gateway:read']);
      expect(permissionsOf(await whoami(gateway, { 'x-mcp-key': admin }, `?api_key=${admin}`))).toEqual(['read']);
      expect(permissionsOf(await whoami(gateway, { 'x-mcp-key': admin }))).toEqual(['*']);
      expect((await gateway.get(`/admin/api-keys?api_key=${admin}`)).status).toBe(403);
      expect((await gateway.get(`/api/stats?api_key=${admin}`)).status).toBe(403);
    });
  });

  it.each<[variable: string, value: string, message: RegExp]>([
    ['TRUSTED_PERMISSIONS', 'read,admin', /TRUSTED_PERMISSIONS must be .*admin is never granted by address/],
    ['TRUSTED_PERMISSIONS', '*', /TRUSTED_PERMISSIONS must be .*admin is never granted by address/],
    ['TRUSTED_PERMISSIONS', 'gateway:admin', /TRUSTED_PERMISSIONS must be .*admin is never granted by address/],
    ['TRUSTED_PERMISSIONS', 'everything', /TRUSTED_PERMISSIONS must be .*an entry is no permission/],
    ['TRUSTED_NETWORKS', '0.0.0.0/0', /TRUSTED_NETWORKS must be .*public addresses cannot be trusted/],
    ['TRUSTED_NETWORKS', '172.0.0.0/8', /TRUSTED_NETWORKS must be .*public addresses cannot be trusted/],
    ['TRUSTED_NETWORKS', '100.64.0.0/10', /TRUSTED_NETWORKS must be .*public addresses cannot be trusted/],
    ['TRUSTED_NETWORKS', '172.16/12', /TRUSTED_NETWORKS must be .*entry 1 is no network/],
    ['TRUSTED_NETWORKS', 'intranet', /TRUSTED_NETWORKS must be .*entry 1 is no network/],
    ['TRUSTED_NETWORKS', 'loopback, !127/8', /TRUSTED_NETWORKS must be .*entry 2 is no network/],
    ['TRUSTED_PROXIES', '127.0.0.1:80', /TRUSTED_PROXIES must be .*entry 1 is no network/],
    [
      'MCP_ADMIN_KEY',
      'too-short',
      /^The configuration has mistakes:\n {2}- MCP_ADMIN_KEY must be 24 or more characters of A-Z a-z 0-9 _ -$/,
    ],
    ['MCP_REQUIRE_API_KEY', 'maybe', /MCP_REQUIRE_API_KEY must be true or false/],
  ])('%s=%s refuses the start', async (variable, value, message) => {
    await expect(startGateway({ env: { [variable]: value } })).rejects.toThrow(message);
  });
});
