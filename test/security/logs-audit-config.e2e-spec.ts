import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_KEY, sendTo } from '../gateway.js';
import { connectPlain, type TestSocket } from '../sockets.js';
import { openDoors } from './every-door.js';
import { expectUnharmed, startWatched, type WatchedGateway } from './invariants.js';

const admin = { 'x-mcp-key': ADMIN_KEY };
const SETTING = 'Vr8sK2-of-the-settings-0Qm4';
const random = 'Zq3vB7xK1mN9pL5tR8wYcD2fG6hJ';

let gateway: WatchedGateway;
let listener: TestSocket;
beforeAll(async () => {
  gateway = await startWatched({
    env: { LOG_LEVEL: 'debug', MCP_LOG_CONSOLE: 'false', MCP_LOG_FILE: 'true', GITHUB_PAT: SETTING },
    secrets: [SETTING],
  });
  listener = await connectPlain(gateway.url, { auth: { apiKey: ADMIN_KEY } });
  for (const room of ['tool-executions', 'logs', 'alerts']) await listener.ask('subscribe', { room });
});
afterAll(async () => {
  listener.close();
  await gateway.close();
});
afterEach(() => expectUnharmed(gateway));

const files = (folder: string) =>
  readdirSync(join(gateway.directory, folder))
    // not what is held in reserve for a full disk, nor what counts the files
    .filter((name) => /\.(?:log|jsonl)$/.test(name))
    .map((name) => readFileSync(join(gateway.directory, folder, name), 'utf8'))
    .join('\n');

/** As an admin, who may see the paths of settings, and stacks in the log. */
const look = (path: string) => sendTo(gateway.url, { path, headers: admin });

/** Every place where what happened is kept or told, as whoever looks there sees it. */
async function sinks(): Promise<Record<string, string>> {
  const read = async (path: string) => (await look(path)).text;
  // ships what is not in the store yet
  const list = await read('/admin/audit?limit=200');
  return {
    'GET /logs': await read('/logs?limit=1000'),
    'log files': files('logs'),
    'GET /admin/audit': list,
    'audit as CSV': await read('/admin/audit/export?format=csv'),
    'audit files': files('audit'),
    events: JSON.stringify(listener.all()),
    metrics: (await read('/metrics/prometheus')) + (await read('/metrics')),
  };
}

/** Of a secret that was sent, wherever it is kept: the places that hold this text. */
const placesWith = async (text: string) =>
  Object.entries(await sinks()).flatMap(([place, kept]) => {
    const at = kept.indexOf(text);
    return at === -1 ? [] : [`${place}: ${kept.slice(Math.max(0, at - 120), at)}`];
  });

describe('a secret is recognised', () => {
  const shapes: Record<string, string> = {
    'our key': `mcp_live_${random}${random}`.slice(0, 58),
    ghp_: `ghp_${random}${random.slice(0, 8)}`,
    ghs_: `ghs_${random}${random.slice(0, 8)}`,
    github_pat_: `github_pat_${random}${random}`,
    'sk-': `sk-proj-${random}`,
    'a JWT': `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.${random}`,
    PEM: `-----BEGIN RSA PRIVATE KEY-----\n${random}\n-----END RSA PRIVATE KEY-----`,
    'a URL with a password': `postgres://me:${random}@db.internal/x`,
    'the value of a setting': SETTING,
  };
  const names = ['password', 'apiKey', 'api-key', 'X-Auth-Token', 'clientSecret', 'authorization', 'DB_PASSWORD'];

  it(
    'by the form of its value, through every door, in everything that is kept and told',
    { timeout: 60_000 },
    async () => {
      const { doors, close } = await openDoors(gateway, admin);
      for (const [what, secret] of Object.entries(shapes)) {
        const message = `${what}: ${secret} and more`;
        for (const call of Object.values(doors)) {
          await call({ service: 'gateway', name: 'echo', tool: 'gateway_echo' }, { message });
          await call({ service: 'gateway', name: secret, tool: secret }, { message });
        }
      }
      close();
      await listener.next('tool_executed', ({ outcome }) => outcome === 'ok');
      for (const secret of [random, SETTING, 'eyJzdWIiOiJjYW5hcnkifQ']) expect(await placesWith(secret)).toEqual([]);
      // they were written all the same: to the audit, as it is listed, exported and kept
      for (const what of Object.keys(shapes)) expect(await placesWith(`${what}: ***`)).toHaveLength(3);
    },
  );

  it('by the name it stands under, through every door, in the errors that quote what was sent too', async () => {
    const { doors, close } = await openDoors(gateway, admin);
    const plain = 'a plain word of 41 letters, as secrets are';
    const secrets = Object.fromEntries(names.map((name, i) => [name, `hunter2${i} ${plain}`.slice(0, 30)]));
    for (const call of Object.values(doors)) {
      await call({ service: 'gateway', name: 'echo', tool: 'gateway_echo' }, { message: 'x', ...secrets });
      await call({ service: 'gateway', name: 'none', tool: 'gateway_none' }, { nested: [secrets] });
    }
    close();
    expect(await placesWith('hunter2')).toEqual([]);
    const { text } = await gateway.post('/api/services/gateway/echo', { message: 'x', ...secrets }, admin);
    expect(text).toContain('password: expected no such member, got another value');
    expect(text).not.toContain('hunter2');
  });
});

it('a credential that is refused is written nowhere', async () => {
  const wrong = `wrong-${random}`;
  const ways: Record<string, string>[] = [
    { 'x-mcp-key': wrong },
    { 'x-api-key': wrong },
    { authorization: `Bearer ${wrong}` },
    { authorization: `Basic ${Buffer.from(`me:${wrong}`).toString('base64')}` },
    { cookie: `key=${wrong}` },
  ];
  for (const headers of ways) {
    await gateway.get('/api/tools', headers);
    await gateway.rpc('ping', undefined, headers);
    await gateway.get('/mcp', { ...headers, accept: 'text/event-stream' });
  }
  await gateway.get(`/api/tools?api_key=${wrong}`);
  for (const auth of [{ apiKey: wrong }, { token: wrong }]) {
    await expect(connectPlain(gateway.url, { auth })).rejects.toThrow('The credential is not valid');
  }
  expect(await placesWith(random)).toEqual([]);
  expect(await placesWith(Buffer.from(`me:${wrong}`).toString('base64'))).toEqual([]);
});

it('control characters are escaped: one entry is one line, and no terminal obeys it', async () => {
  const text = 'first\r\n{"level":"error","message":"forged"}\u001b[2J\u0007\u202e\u2028\u009b last';
  await gateway.post('/api/services/gateway/echo', { message: text }, admin);
  await gateway.post(`/api/services/gateway/${encodeURIComponent(text)}`, {}, admin);
  await gateway.get(`/${encodeURIComponent(text)}`, { ...admin, 'user-agent': 'x\u009by' });
  const { 'log files': log, 'audit files': spool, events } = await sinks();
  // eslint-disable-next-line no-control-regex
  expect(log!.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e]/);
  // eslint-disable-next-line no-control-regex
  for (const kept of [spool!, events!]) expect(kept.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f]/);
  const lines = log!.split('\n').filter((line) => line !== '');
  expect(lines.filter((line) => (JSON.parse(line) as { message: string }).message === 'forged')).toEqual([]);
});

describe('the log viewer', () => {
  it('reads its own files only, whatever else is beside them', async () => {
    const folder = join(gateway.directory, 'logs');
    const line = JSON.stringify({ time: '2020-01-01T00:00:00.000Z', level: 'info', message: 'planted' });
    mkdirSync(join(folder, 'gateway-2020-01-03.log'));
    writeFileSync(join(folder, 'other.log'), line);
    writeFileSync(join(folder, 'gateway-2020-01-01.log.bak'), line);
    writeFileSync(join(gateway.directory, 'planted.log'), line);
    symlinkSync(join(gateway.directory, 'planted.log'), join(folder, 'gateway-2020-01-02.log'));
    const { body } = await gateway.get('/logs?search=planted&limit=1000', admin);
    const { entries } = body as { entries: { message: string }[] };
    expect(entries.filter(({ message }) => message === 'planted')).toEqual([]);
  });

  it.each(['file=/etc/passwd', 'path=../secret.key', 'limit=1001', 'limit=0', 'dir=/', 'search=', 'level=all'])(
    'takes no ?%s',
    async (query) => {
      expect((await gateway.get(`/logs?${query}`, admin)).status).toBe(400);
    },
  );

  it('answers no more than 1,000 entries', async () => {
    const { body } = await look('/logs?limit=1000');
    expect((body as { entries: unknown[] }).entries.length).toBeLessThanOrEqual(1_000);
  });
});

describe('the configuration', () => {
  const change = (values: unknown) => gateway.post('/config', values, admin);
  const values = async () =>
    ((await look('/config')).body as { values: Record<string, { value: unknown; runtime: boolean }> }).values;
  const history = async () =>
    ((await gateway.get('/config/history', admin)).body as { items: { version: number; changes: object }[] }).items;

  it('has a fixed table of keys: no other one, no value out of its range or of another type, none that needs a start', async () => {
    const before = await values();
    const startOnly = Object.keys(before).filter((key) => !before[key]!.runtime);
    expect(startOnly).toEqual(
      expect.arrayContaining([
        'security.trustedNetworks',
        'security.trustedPermissions',
        'security.requireApiKey',
        'security.adminKey',
        'security.jwtSecret',
        'server.port',
        'server.host',
        'store.dataDir',
        'logging.logDir',
        'mcpServers',
      ]),
    );
    const refused: object[] = [
      ...startOnly.map((key) => ({ [key]: 'x' })),
      ...['', 'no.such', 'server', 'server.__proto__.x', 'server.constructor.x', 'SERVER.TIMEOUT'].map((key) => ({
        [key]: 1,
      })),
      ...[-1, 0, 1.5, 1e15, '1s', true, [1], {}, ' '].map((value) => ({ 'server.timeout': value })),
    ];
    const taken = await Promise.all(
      refused.map(async (body) => ((await change(body)).status === 400 ? [] : [JSON.stringify(body)])),
    );
    expect(taken.flat()).toEqual([]);
    expect(await values()).toEqual(before);
  });

  it('changes as a whole or not at all', async () => {
    const before = await values();
    expect((await change({ 'server.timeout': 12_345, 'server.maxBodyBytes': -1 })).status).toBe(400);
    expect(await values()).toEqual(before);
  });

  it('locks nobody out who changes it', async () => {
    const { status, body } = await change({ 'security.ipBlacklist': ['127.0.0.0/8'], 'server.timeout': 12_345 });
    expect([status, (body as { error: { kind: string } }).error.kind]).toEqual([409, 'failed']);
    expect((await values())['server.timeout']!.value).not.toBe(12_345);
  });

  it('keeps what was before, and goes back to it', async () => {
    const before = (await values())['server.timeout']!.value;
    await change({ 'server.timeout': 11_111 });
    await change({ 'server.timeout': 22_222 });
    expect((await history()).slice(0, 2).map(({ changes }) => changes)).toEqual([
      { 'server.timeout': { from: 11_111, to: 22_222 } },
      { 'server.timeout': { from: before, to: 11_111 } },
    ]);
    for (const expected of [11_111, before]) {
      expect((await gateway.post('/config/undo', {}, admin)).status).toBe(200);
      expect((await values())['server.timeout']!.value).toBe(expected);
    }
  });
});
