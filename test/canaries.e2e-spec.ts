import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Canaries } from './canaries/canaries.js';
import { echoingServer } from './canaries/echoing-server.js';
import { OF_THE_CHILD, plainRoutes, secretVariables, seededEnvironment } from './canaries/seeds.js';
import { asSuperuser } from './database.js';
import type { HttpUpstream } from './fixtures/upstreams/recording-server.js';
import { sendTo, type Answer, type Sent } from './gateway.js';
import type { GatewayProcess } from './gateway-process.js';
import { useGatewayProcesses } from './process-fixture.js';
import { connectPlain, connectSocketIo, type TestSocket } from './sockets.js';

const fixture = useGatewayProcesses();
const canaries = new Canaries();
/** What was said in answers, by what was asked. Answers that show a secret once, on purpose, are not among them. */
const said: [what: string, text: string][] = [];

let started: GatewayProcess;
let url: string;
let home: string;
let backEnd: HttpUpstream;
let admin: Record<string, string>;
let seeded: ReturnType<typeof seededEnvironment>;
let listening: TestSocket[] = [];

beforeAll(async () => {
  backEnd = await echoingServer();
  home = fixture.processes.directory();
  seeded = seededEnvironment(canaries, {
    directory: join(fixture.processes.directory(), 'secrets'),
    backEnd: new URL(backEnd.url).origin,
    databaseUrl: fixture.database.url,
    readerUrl: await fixture.database.readerUrl(),
  });
  started = fixture.processes.start({
    at: home,
    env: { ...seeded.environment, DATA_DIR: join(home, 'data'), LOG_LEVEL: 'debug', MCP_LOG_FILE: 'true' },
  });
  url = await started.ready();
  admin = { 'x-mcp-key': seeded.secrets.MCP_ADMIN_KEY! };
  listening = [
    await connectPlain(url, { auth: { apiKey: admin['x-mcp-key'] } }),
    await connectSocketIo(url, 'websocket', { auth: { apiKey: admin['x-mcp-key'] } }),
  ];
  for (const socket of listening) {
    for (const room of ['metrics', 'alerts', 'upstreams', 'tool-executions', 'approvals', 'logs'])
      expect(await socket.ask('subscribe', { room })).toMatchObject({ ok: true });
  }
}, 60_000);
afterAll(async () => {
  for (const socket of listening) socket.close();
  await backEnd.close();
});

/** Asks, and keeps what was answered. */
async function ask(request: Sent, headers = admin): Promise<Answer> {
  const answer = await sendTo(url, { ...request, headers: { ...headers, ...request.headers } });
  said.push([`${request.method ?? 'GET'} ${request.path}`, JSON.stringify(answer.headers) + answer.text]);
  return answer;
}
const post = (path: string, body: unknown, headers = admin) =>
  ask({ method: 'POST', path, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }, headers);

/** The two ways that answer differently: the envelope of REST, and JSON-RPC. */
async function callBriefly(service: string, operation: string, input: object): Promise<void> {
  await post(`/api/services/${service}/${operation}`, input);
  await post('/mcp/rpc', {
    jsonrpc: '2.0',
    id: 1,
    method: 'mcp.execute',
    params: { service, operation, params: input },
  });
}

/** Every way in which an operation can be called. */
async function callEverywhere(service: string, operation: string, input: object): Promise<void> {
  const tool = `${service}_${operation.replaceAll('-', '_')}`;
  const local = service === 'web' || service === 'workspace' ? operation : tool;
  const rpc = (method: string, params: object) => ({ jsonrpc: '2.0', id: 1, method, params });
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  await post(`/api/services/${service}/${operation}`, input);
  await post('/mcp/rpc', rpc('mcp.execute', { service, operation, params: input }));
  await post('/mcp/rpc', rpc('tools/call', { name: local, arguments: input }));
  await post('/mcp/execute', { command: `/mcp-${service} ${operation} ${JSON.stringify(input)}` });
  await post('/mcp', rpc('tools/call', { name: local, arguments: input, _meta: meta }), {
    ...admin,
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'tools/call',
    'mcp-name': local,
  });
  for (const socket of listening) {
    said.push([tool, JSON.stringify(await socket.ask('execute_tool', { toolName: local, arguments: input }))]);
  }
}

it('every secret setting holds one', () => {
  const seededNames = Object.keys(seeded.secrets).map((name) => name.replace(/_(?:SHOP|WRONG|DEAD)_/, '_<ID>_'));
  expect([...new Set(seededNames)].sort()).toEqual([...new Set(secretVariables())].sort());
});

describe('after all that can be said and done with secrets', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    await back();
    await callers();
    await administration();
    for (const path of plainRoutes()) await ask({ path: path === '/logs' ? '/logs?limit=1000' : path });
    for (const query of ['/admin/audit/export?format=csv', '/admin/audit?limit=200', '/config/export?format=json'])
      await ask({ path: query });
    for (const name of ['leaky', 'remote', 'bearer', 'client', 'mine']) {
      await ask({ path: `/admin/upstreams/${name}` });
      await ask({ path: `/admin/upstreams/${name}/tools` });
    }
  }, 120_000);

  it('no answer holds one', () => {
    expect(said.length).toBeGreaterThan(120);
    const leaks = said.map(([what, text]) => [what, canaries.foundIn(text)] as const);
    expect(leaks.filter(([, found]) => found.length > 0)).toEqual([]);
  });

  it('no event on a socket does', () => {
    for (const socket of listening) {
      const heard = socket.all();
      expect(heard.map(({ name }) => name)).toEqual(expect.arrayContaining(['tool_executed', 'log', 'upstream']));
      expect(canaries.foundIn(JSON.stringify(heard))).toEqual([]);
    }
  });

  it('no command line does, nor the environment of any child', () => {
    const family = descendantsOf(started.pid);
    expect(family.length).toBeGreaterThan(0);
    for (const pid of [started.pid, ...family]) {
      const line = readProcess(pid, 'cmdline') + readProcess(pid, 'comm');
      expect(canaries.foundIn(line, ['an option of a server']), line).toEqual([]);
    }
    for (const pid of family) expect(canaries.foundIn(readProcess(pid, 'environ'), OF_THE_CHILD)).toEqual([]);
  });

  it('no file that the gateway keeps does: logs, audit, homes of servers', () => {
    const files = readdirSync(home, { recursive: true, encoding: 'utf8' })
      .map((name) => join(home, name))
      .filter((path) => statSync(path).isFile());
    expect(files.some((path) => path.endsWith('.log')) && files.some((path) => path.includes('/audit/'))).toBe(true);
    const leaks = files.map((path) => [path, canaries.foundIn(readFileSync(path, 'utf8'))] as const);
    expect(leaks.filter(([, found]) => found.length > 0)).toEqual([]);
  });

  it('no table of the store does', async () => {
    const { name } = fixture.database;
    const tables = await asSuperuser(
      name,
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname NOT LIKE 'pg_%' AND schemaname <> 'information_schema'`,
    );
    expect(tables.length).toBeGreaterThan(10);
    for (const { name: table } of tables as { name: string }[]) {
      const rows = await asSuperuser(name, `SELECT row_to_json(one)::text AS text FROM ${table} AS one`);
      expect([table, canaries.foundIn(rows.map(({ text }) => String(text)).join('\n'))]).toEqual([table, []]);
    }
  });

  it('nothing that the process wrote does, up to its end', async () => {
    for (const socket of listening.splice(0)) socket.close();
    started.kill('SIGTERM');
    expect(await started.ended).toEqual({ code: 0, signal: null });
    expect(started.stdout.length).toBeGreaterThan(10_000);
    expect(canaries.foundIn(started.stdout + started.stderr)).toEqual([]);
  });
});

it('a start that is refused names the settings and not their values', { timeout: 60_000 }, async () => {
  const canary = canaries.of('a wrong setting');
  const wrong = {
    JWT_SECRET: canary.slice(0, 31),
    DATABASE_URL: `mysql://me:${canary}@db/x`,
    MCP_ADMIN_KEY: `${canary} with blanks`,
    MCP_SERVERS: `{"x": {"url": "http://x/?token=${canary}", "env": "${canary}"`,
    PORT: canary,
    GITHUB_PRIVATE_KEY: canary,
    N8N_WEBHOOK_HEADER: `No header ${canary}`,
    HTTPS_PROXY: `ftp://me:${canary}@proxy`,
    MCP_SECRET_KEY_FILE: `/nowhere/${canary}`,
  };
  const refused = fixture.processes.start({ at: fixture.processes.directory(), env: wrong });
  const { code } = await refused.ended;
  const written = refused.stdout + refused.stderr;
  expect([code, Object.keys(wrong).filter((name) => !written.includes(name))]).toEqual([1, []]);
  expect(written).not.toContain(canary.slice(0, 31));
});

/** Back ends that say in their errors whatever they were sent. */
async function back(): Promise<void> {
  const calls: [service: string, operation: string, input: object][] = [
    ['github', 'list-repos', { owner: 'x' }],
    ['github', 'list-issues', { owner: 'x', repo: 'y' }],
    ['cloudflare', 'zones-list', {}],
    ['cloudflare', 'verify-token', {}],
    ['n8n', 'list-workflows', {}],
    ['n8n', 'trigger-webhook', { path: 'x', data: {} }],
    ['mem0', 'search', { query: 'x' }],
    ['postgres', 'list-databases', {}],
    ['postgres', 'query', { database: 'shop', query: 'SELECT * FROM pg_settings' }],
    ['postgres', 'query', { database: 'wrong', query: 'SELECT 1' }],
    ['postgres', 'list-tables', { database: 'dead' }],
    ['web', 'fetch_url', { url: 'http://proxied.example/denied' }],
    ['web', 'fetch_url', { url: 'http://proxied.example/ok' }],
    ['web', 'api_call', { url: 'http://proxied.example/', method: 'GET' }],
    ['leaky', 'environment', {}],
    ['gateway', 'status', {}],
  ];
  for (const [service, operation, input] of calls) await callBriefly(service, operation, input);
  for (const database of ['shop', 'wrong']) await callEverywhere('postgres', 'query', { database, query: 'SELEC' });
  const params = { name: 'leaky__environment', arguments: {} };
  await post('/mcp/rpc', { jsonrpc: '2.0', id: 1, method: 'tools/call', params });
}

/** Callers with wrong credentials, and with secrets where none belong. */
async function callers(): Promise<void> {
  const wrong = canaries.of('a wrong credential');
  const waysIn: Record<string, string>[] = [
    { 'x-mcp-key': wrong },
    { 'x-api-key': `mcp_live_${wrong}` },
    { authorization: `Bearer ${wrong}` },
    { authorization: `Basic ${Buffer.from(`me:${wrong}`).toString('base64')}` },
    { authorization: `Bearer eyJhbGciOiJIUzI1NiJ9.${Buffer.from(wrong).toString('base64url')}.${wrong}` },
    { cookie: `session=${wrong}; token=${wrong}` },
  ];
  for (const headers of waysIn) {
    await ask({ path: '/api/tools' }, headers);
    await post('/mcp/rpc', { jsonrpc: '2.0', id: 1, method: 'ping' }, headers);
    await ask({ path: '/socket.io/?EIO=4&transport=polling' }, headers);
  }
  await ask({ path: `/api/tools?api_key=${wrong}&access_token=${wrong}` }, {});
  for (const auth of [{ apiKey: wrong }, { token: wrong }]) {
    await connectSocketIo(url, 'websocket', { auth }).catch((refused: unknown) => {
      said.push(['a handshake', JSON.stringify(refused, ['message', 'data'])]);
    });
  }

  const given = canaries.of('an argument that is a secret');
  const secret = { password: given, apiKey: given, nested: { authorization: `Bearer ${given}` } };
  await callEverywhere('gateway', 'echo', { message: 'x', ...secret });
  await callEverywhere('gateway', 'nothing', secret);
  const headers = { authorization: `Bearer ${given}`, 'x-api-key': given };
  await callEverywhere('web', 'api_call', { url: 'http://192.168.0.1/', method: 'POST', headers, body: secret });
  await callEverywhere('web', 'fetch_url', { url: `http://me:${given}@192.168.0.1/?token=${given}` });
  await callEverywhere('postgres', 'query', { database: `postgres://me:${given}@db/x`, query: 'SELECT 1' });
}

/** Secrets that admins hand over and are handed. */
async function administration(): Promise<void> {
  const shown = async (path: string, body: unknown) => {
    const answer = await post(path, body);
    said.pop();
    return answer.body as { id: string; key: string; token: string };
  };
  const { id, key } = await shown('/admin/api-keys', { name: 'agent', permissions: ['read'] });
  canaries.add('a key', key);
  canaries.add('a rotated key', (await shown(`/admin/api-keys/${id}/rotate`, { overlapSeconds: 60 })).key);
  canaries.add('a token', (await shown('/admin/tokens', { subject: 'ada', permissions: ['read'] })).token);
  await post('/admin/api-keys/check', { keys: [key, canaries.of('a text that was found')] });

  const wanted = canaries.of('a secret for an upstream');
  const auth = { type: 'bearer', token: canaries.of('the token of a registered upstream') };
  const mine = { name: 'mine', url: 'http://proxied.example/denied', headers: { 'x-token': wanted }, auth };
  expect((await post('/admin/upstreams', mine)).status).toBe(201);
  await post('/admin/upstreams', { name: 'other', url: 'http://proxied.example/', headers: { 'bad header': wanted } });
  await post('/admin/upstreams', { ...mine, name: 'third', auth: { type: 'bearer', token: `${wanted} x` } });
  await callEverywhere('mine', 'x', {});

  const value = canaries.of('a value for the configuration');
  for (const key of ['security.jwtSecret', 'security.adminKey']) await post('/config', { [key]: value });
  await post('/config', { 'store.databaseUrl': `postgres://me:${value}@db/x` });
}

function readProcess(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return ''; // it ended meanwhile
  }
}

function descendantsOf(root: number): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => [Number(pid), Number(/\) \S (\d+)/.exec(readProcess(Number(pid), 'stat'))?.[1])] as const);
  const found = [root];
  for (let i = 0; i < found.length; i += 1) {
    for (const [pid, parent] of parents) if (parent === found[i]) found.push(pid);
  }
  return found.slice(1);
}
