import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { StartError } from '#libs/kit';
import { createGateway } from '../apps/gateway/src/configure-app.js';
import { ordinaryUser } from '../libs/core/src/store/testing/child-programs.js';
import { createDatabase, type TestDatabase } from './database.js';
import { GatewayProcesses, processesIn, serverPid, type Answer, type GatewayProcess } from './gateway-process.js';

/** Promised is one second; a machine that is busy with other tests needs several to begin a process. */
const REFUSES_WITHIN_MS = 15_000;
/** Promised are five seconds for a PostgreSQL that was killed; a busy machine is given another five. */
const HEALS_WITHIN_MS = 10_000;
const SOON = { timeout: 30_000, interval: 10 };

const demoTables = ['courses', 'enrollments', 'users', 'videos', 'watch_events'];

// Whole processes start and stop several times in some of these.
vi.setConfig({ testTimeout: 120_000 });

let processes: GatewayProcesses;

beforeAll(() => {
  processes = new GatewayProcesses();
});
afterAll(() => processes.close());

/** Starts a gateway that is expected to refuse, and answers all that can be seen of that. */
async function refusal(env: Record<string, string>, at = processes.directory()) {
  const startedAt = performance.now();
  const gateway = processes.start({ at, env: { DATA_DIR: join(at, 'data'), ...env } });
  const end = await gateway.ended;
  return { ...end, stderr: gateway.stderr, stdout: gateway.stdout, afterMs: performance.now() - startedAt };
}

const errorOf = (answer: Answer) => (answer.body as { error: Record<string, unknown> }).error;
const adminKeyAt = (at: string) => readFileSync(join(at, 'data', 'admin.key'), 'utf8').trim();

/** The keys that are there, without how they were used: what a killed gateway did not write is gone. */
async function listedKeys(gateway: GatewayProcess, headers: Record<string, string>): Promise<object[]> {
  const { items } = (await gateway.get('/admin/api-keys', headers)).body as { items: Record<string, unknown>[] };
  return items.map(({ useCount: _useCount, lastUsedAt: _lastUsedAt, ...rest }) => rest);
}

describe('a start with nothing configured', () => {
  let at: string;
  let gateway: GatewayProcess;

  beforeAll(async () => {
    at = processes.directory();
    gateway = processes.start({ at, env: { DATA_DIR: join(at, 'data') } });
    await gateway.ready();
  });

  it.each<[door: string, call: () => Promise<Answer>, data: (body: any) => { tables: string[] }]>([
    [
      'JSON-RPC',
      () => {
        const params = { service: 'postgres', operation: 'list-tables', database: 'demo' };
        return gateway.post('/mcp/rpc', { jsonrpc: '2.0', id: 1, method: 'mcp.execute', params });
      },
      (body) => body.result.data,
    ],
    [
      'slash command',
      () => gateway.post('/mcp/execute', { command: '/mcp-postgres demo list tables' }),
      (body) => body.data,
    ],
    ['REST', () => gateway.post('/api/services/postgres/list-tables', { database: 'demo' }), (body) => body.data],
  ])('lists the tables of the demo database by %s', async (_door, call, data) => {
    const { status, body } = await call();
    expect({ status, tables: data(body).tables }).toEqual({ status: 200, tables: demoTables });
  });

  it('answers rows', async () => {
    const { body } = await gateway.query('SELECT count(*) AS users, min(created_at) AS first FROM users');
    expect((body as { data: unknown }).data).toMatchObject({
      rows: [{ users: '2000', first: '2024-01-08T15:13:00Z' }],
      rowCount: 1,
    });
  });

  it('reads as a role that may not write, whatever the session says', async () => {
    const { body } = await gateway.query(
      `SELECT rolsuper, rolcreatedb, rolcreaterole, has_schema_privilege('public', 'CREATE') AS creates,
              has_table_privilege('users', 'INSERT, UPDATE, DELETE, TRUNCATE') AS writes,
              has_database_privilege('gateway', 'CONNECT') AS sees_keys
       FROM pg_roles WHERE rolname = current_user`,
    );
    expect((body as { data: { rows: unknown[] } }).data.rows).toEqual([
      { rolsuper: false, rolcreatedb: false, rolcreaterole: false, creates: false, writes: false, sees_keys: false },
    ]);
    expect(errorOf(await gateway.query("INSERT INTO users (name) VALUES ('x')"))).toMatchObject({ kind: 'invalid' });
  });

  it('writes the admin key to a file of the gateway’s user alone, which the log names', async () => {
    const path = join(at, 'data', 'admin.key');
    const key = adminKeyAt(at);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await gateway.get('/admin/api-keys', { 'x-mcp-key': key })).toMatchObject({ status: 200 });
    expect(await gateway.get('/admin/api-keys')).toMatchObject({ status: 403 });
    expect(gateway.stdout).toContain(`The admin key of this gateway was written to ${path}`);
    expect(gateway.stdout + gateway.stderr).not.toContain(key);
    expect(readFileSync(join(at, 'data', 'postgres.log'), 'utf8')).not.toContain(key);
  });

  it('keeps a second gateway out of its directory, and goes on itself', async () => {
    const url = await gateway.ready();
    const second = await refusal({}, at);
    expect(second).toMatchObject({ code: 1, signal: null, stdout: '' });
    expect(second.stderr).toMatch(
      new RegExp(
        `^Another gateway \\(pid ${gateway.pid}, started [-\\dT:.]+Z, ${url}\\) is using ${join(at, 'data')}\\. ` +
          'Stop it, or set DATA_DIR to another directory\\.\n$',
      ),
    );
    expect(second.afterMs).toBeLessThan(REFUSES_WITHIN_MS);
    expect(await gateway.query('SELECT 1 AS one')).toMatchObject({ status: 200 });
  });

  it('refuses a wrong password in DATABASE_URL, without showing it or the address', async () => {
    const [, port] = await gateway.line(/PostgreSQL is up on port (\d+)/);
    const { afterMs: _, ...seen } = await refusal({
      DATABASE_URL: `postgres://gateway:wrong-password@127.0.0.1:${port}/gateway?sslmode=disable`,
    });
    expect(seen).toEqual({
      code: 1,
      signal: null,
      stdout: '',
      stderr: "The store can't be used: the password in DATABASE_URL is wrong.\n",
    });
  });

  it('outlives its PostgreSQL: calls fail with a reason while it is gone, and it is back by itself', async () => {
    const admin = { 'x-mcp-key': adminKeyAt(at) };
    const failures: unknown[] = [];
    const call = async (sql: string) => {
      const answer = await gateway.query(sql);
      if (answer.status !== 200) failures.push(errorOf(answer));
      return answer;
    };
    const underWay = call('SELECT pg_sleep(60)');
    await vi.waitFor(async () => {
      expect((await gateway.get('/health')).body).toMatchObject({ callsInFlight: 1 });
    }, SOON);

    const killedAt = performance.now();
    process.kill(serverPid(join(at, 'data', 'postgres')), 'SIGKILL');
    await underWay;
    await vi.waitFor(async () => expect(await call('SELECT 1 AS one')).toMatchObject({ status: 200 }), SOON);
    await vi.waitFor(async () => {
      const created = await gateway.post('/admin/api-keys', { name: 'after', permissions: ['read'] }, admin);
      expect(created).toMatchObject({ status: 201 });
    }, SOON);
    expect(performance.now() - killedAt).toBeLessThan(HEALS_WITHIN_MS);
    expect(failures).not.toEqual([]);
    for (const failure of failures) {
      expect(failure).toMatchObject({ code: -32016, kind: 'unavailable', details: { retryable: true } });
      expect(JSON.stringify(failure)).not.toMatch(/127\.0\.0\.1|ECONN|reader|\/postgres/);
    }
  });

  it('comes up after a kill -9 with the same keys and no process of before', async () => {
    const headers = { 'x-mcp-key': adminKeyAt(at) };
    const created = await gateway.post('/admin/api-keys', { name: 'agent', permissions: ['read'] }, headers);
    const { key } = created.body as { key: string };
    const before = await listedKeys(gateway, headers);

    gateway.kill('SIGKILL');
    await gateway.ended;
    const orphans = processesIn(at);
    expect(orphans).not.toEqual([]);
    gateway = processes.start({ at, env: { DATA_DIR: join(at, 'data') } });
    await gateway.ready();

    expect(orphans.filter((pid) => processesIn(at).includes(pid))).toEqual([]);
    expect(await listedKeys(gateway, headers)).toEqual(before);
    const answer = await gateway.post('/api/services/gateway/whoami', {}, { 'x-mcp-key': key });
    expect(answer.body).toMatchObject({ data: { subject: 'agent', recognisedBy: 'key' } });
    expect(await gateway.query('SELECT 1 AS one')).toMatchObject({ status: 200 });
  });
});

describe('a first start that was killed', () => {
  it('is made good by the next one, whatever it was about', async () => {
    const at = processes.directory();
    const env = { DATA_DIR: join(at, 'data') };
    const moments: ((gateway: GatewayProcess) => Promise<unknown>)[] = [
      () => vi.waitFor(() => expect(namesIn(at)).toContainEqual(expect.stringMatching(/^postgres\.new-/)), SOON),
      () => vi.waitFor(() => expect(namesIn(at)).toContain('postgres'), SOON),
      (gateway) => gateway.line(/PostgreSQL is up/),
      (gateway) => gateway.line(/The admin key/),
    ];
    for (const come of moments) {
      const gateway = processes.start({ at, env });
      await come(gateway);
      gateway.kill('SIGKILL');
      await gateway.ended;
    }
    const gateway = processes.start({ at, env });
    await gateway.ready();
    expect(namesIn(at).filter((name) => name.includes('new-'))).toEqual([]);
    expect(await gateway.get('/admin/api-keys', { 'x-mcp-key': adminKeyAt(at) })).toMatchObject({ status: 200 });
    expect(await gateway.query('SELECT count(*) AS users FROM users')).toMatchObject({
      body: { data: { rows: [{ users: '2000' }] } },
    });
    expect(processesIn(at).length).toBeGreaterThan(1);
  });
});

describe('a mistake in the configuration', () => {
  it.each([
    ['PORT', '81OO', 'a whole number from 0 to 65535'],
    ['DATABASE_URL', 'mysql://root:s3cret@db/x', 'a URL'],
    ['MCP_ADMIN_KEY', 'tooshort', '24 or more characters of A-Z a-z 0-9 _ -'],
    ['TRUSTED_NETWORKS', '8.8.8.0/24', 'private networks separated by commas'],
    ['TRUSTED_PERMISSIONS', 'read,admin', 'permissions separated by commas'],
    ['POSTGRES_SHOP_URL', 'shop.internal:5432/shop', 'a URL'],
    ['LOG_LEVEL', 'chatty', 'one of error, warn, info, debug'],
  ])('in %s is told before anything is made, and the value is not shown', async (name, value, expected) => {
    const at = processes.directory();
    const error: unknown = await createGateway({ DATA_DIR: join(at, 'data'), [name]: value }).catch(
      (error: unknown) => error,
    );
    const { message } = error as StartError;
    const [title, line, ...more] = message.split('\n');
    expect([title, ...more]).toEqual(['The configuration has mistakes:']);
    expect(line!.startsWith(`  - ${name} must be ${expected}`)).toBe(true);
    expect(message).not.toContain(value);
    expect(error).toBeInstanceOf(StartError);
    expect(readdirSync(at)).toEqual([]);
  });

  it('stops the start at once, and nothing else is said', async () => {
    const at = processes.directory();
    const { stderr, afterMs, ...seen } = await refusal({ MCP_ADMIN_KEY: 'tooshort' }, at);
    expect(seen).toEqual({ code: 1, signal: null, stdout: '' });
    expect(stderr).toMatch(/^The configuration has mistakes:\n {2}- MCP_ADMIN_KEY must be [^\n]+\n$/);
    expect(readdirSync(at)).toEqual([]);
    expect(afterMs).toBeLessThan(REFUSES_WITHIN_MS);
  });

  it('in the file .env is told as well, all of them at once, and the environment wins over the file', async () => {
    const at = processes.directory();
    writeFileSync(join(at, '.env'), 'LOG_LEVEL=chatty\nHOT_PATH=perhaps\nKEEP_ALIVE_TIMEOUT_MS=forever\n');
    const { code, stderr } = await refusal({ LOG_LEVEL: 'error' }, at);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        'The configuration has mistakes:\n' +
        '  - KEEP_ALIVE_TIMEOUT_MS must be a whole number from 1000 to 600000\n' +
        '  - HOT_PATH must be one of on, off\n',
    });
  });

  it('is told by its service without a stack', async () => {
    const url = 'postgres://reader@127.0.0.1/x';
    const { code, stderr, stdout } = await refusal({ POSTGRES_KA_URL: url, POSTGRES_KIDS_ASCENSION_URL: url });
    expect({ code, stderr, stdout }).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'POSTGRES_KA_URL and POSTGRES_KIDS_ASCENSION_URL would both be called "kids-ascension"; ' +
        'set POSTGRES_KIDS_ASCENSION_NAME to another name\n',
    });
  });

  it('tells of a .env that can’t be read', async () => {
    const at = processes.directory();
    mkdirSync(join(at, '.env'));
    const { code, stderr } = await refusal({}, at);
    expect({ code, stderr }).toEqual({ code: 1, stderr: `${join(at, '.env')} can't be read (EISDIR).\n` });
  });

  it('tells of a data directory that can’t be used', async () => {
    const at = processes.directory();
    writeFileSync(join(at, 'file'), '', { mode: 0o755 });
    for (const [location, code] of [
      [join(at, 'file'), 'ENOTDIR'],
      [join(at, 'file', 'data'), 'ENOTDIR'],
    ]) {
      const { afterMs: _, ...seen } = await refusal({ DATA_DIR: location! }, at);
      expect(seen).toEqual({
        code: 1,
        signal: null,
        stdout: '',
        stderr:
          `The data directory ${location} can't be used (${code}). ` +
          'Let the gateway’s user write there, or set DATA_DIR to another directory.\n',
      });
    }
  });

  it('tells of a HOST that is not this machine’s, without its value', async () => {
    const { code, stderr } = await refusal({ HOST: '192.0.2.1' }, processes.directory());
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'HOST is no address of this machine.\n' });
  });

  it('tells of a port that is in use, and leaves nothing running', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const at = processes.directory();
    const { code, stderr } = await refusal({ PORT: String(port) }, at);
    server.close();
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `127.0.0.1:${port} is in use. Stop what listens there, or set PORT.\n`,
    });
    expect(processesIn(at)).toEqual([]);
  });
});

describe('a start while DATABASE_URL can’t be reached', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(() => database.drop());

  it('serves what needs no store, says why it is not ready, and is so by itself when the server comes', async () => {
    const port = await freePort();
    const url = new URL(database.url);
    const { host: target } = url;
    url.host = `127.0.0.1:${port}`;
    const at = processes.directory();
    const key = 'an-admin-key-from-the-file';
    writeFileSync(join(at, '.env'), `MCP_ADMIN_KEY=${key}\nDATA_DIR=nowhere\n`);
    const gateway = processes.start({ at, env: { DATABASE_URL: url.href, DATA_DIR: join(at, 'data') } });
    const listens =
      /The gateway listens at (http:[^" ]+), and is ready as soon as the store is \(the connection was refused\)/;
    await gateway.says(listens);
    expect(gateway.stdout).not.toContain('The gateway is ready');

    expect(await gateway.get('/health')).toMatchObject({ status: 200, body: { status: 'healthy' } });
    expect(await gateway.get('/ready')).toMatchObject({
      status: 503,
      body: {
        status: 'error',
        error: { store: { status: 'down', state: 'down', reason: 'the connection was refused' } },
      },
    });
    const echo = () => gateway.post('/api/services/gateway/echo', { message: 'here' }, { 'x-mcp-key': key });
    expect(await echo()).toMatchObject({ status: 200, body: { data: { message: 'here' } } });

    const proxy = await forward(port, target);
    try {
      await gateway.ready();
      await vi.waitFor(async () => expect(await gateway.get('/ready')).toMatchObject({ status: 200 }), SOON);
      expect(
        await gateway.post('/admin/api-keys', { name: 'a', permissions: ['read'] }, { 'x-mcp-key': key }),
      ).toMatchObject({
        status: 201,
      });
      gateway.kill('SIGTERM');
      expect(await gateway.ended).toEqual({ code: 0, signal: null });
      expect(existsSync(join(at, 'nowhere'))).toBe(false);
    } finally {
      proxy.close();
    }
  });
});

if (process.getuid?.() === 0) {
  describe('root', () => {
    it('can have the gateway run by an ordinary user', async () => {
      const user = ordinaryUser()!;
      const at = processes.directory(user);
      const gateway = processes.start({ at, user });
      await gateway.ready();
      expect(await gateway.query('SELECT 1 AS one')).toMatchObject({ status: 200 });
      const { uid, mode } = statSync(join(at, 'data', 'postgres'));
      expect({ uid, mode: mode & 0o777 }).toEqual({ uid: user.uid, mode: 0o700 });
      const key = { 'x-mcp-key': adminKeyAt(at) };
      expect(await gateway.get('/admin/api-keys', key)).toMatchObject({ status: 200 });
    });

    it('can keep the data where PostgreSQL’s user may not enter', async () => {
      const at = processes.directory();
      chmodSync(at, 0o700);
      const gateway = processes.start({ at, env: { DATA_DIR: join(at, 'data') } });
      await gateway.ready();
      expect(await gateway.query('SELECT 1 AS one')).toMatchObject({ status: 200 });
      expect(readFileSync(join(at, 'data', 'postgres.location'), 'utf8')).toMatch(/^\/var\/lib\/mcp-gateway\//);
      gateway.kill('SIGTERM');
      expect(await gateway.ended).toEqual({ code: 0, signal: null });
    });
  });
}

const namesIn = (at: string) => (existsSync(join(at, 'data')) ? readdirSync(join(at, 'data')) : []);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Passes connections to a port of this machine on to another server. */
async function forward(port: number, target: string): Promise<Server> {
  const { hostname, port: targetPort } = new URL(`tcp://${target}`);
  const proxy = createServer((near) => {
    const far = connect(Number(targetPort || 5432), hostname);
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) socket.on('error', () => near.destroy(far.destroy().errored ?? undefined));
  }).listen(port, '127.0.0.1');
  await once(proxy, 'listening');
  return proxy;
}
