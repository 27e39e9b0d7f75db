import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { McpService, Operation, type OperationContext } from '#libs/kit';
import { LogSettings } from '#libs/core';
import type { GatewayProcess } from './gateway-process.js';
import { useGatewayProcesses } from './process-fixture.js';
import { ADMIN_KEY, startGateway, type Answer, type Sent, type TestGateway } from './gateway.js';

const admin = { 'x-mcp-key': ADMIN_KEY };
const json = { 'content-type': 'application/json' };
const SOON = { timeout: 5_000, interval: 10 };

@McpService({ name: 'tell', version: '1.0.0', description: 'Tells the log what it is told', location: 'server' })
class TellService {
  @Operation({
    name: 'line',
    description: 'Writes a line.',
    input: z.object({ text: z.string() }),
    output: z.object({}),
    permission: 'read',
  })
  line({ text }: { text: string }, { log }: OperationContext) {
    log.info(text);
    return {};
  }

  @Operation({
    name: 'break',
    description: 'Breaks.',
    input: z.object({ text: z.string() }),
    output: z.object({}),
    permission: 'read',
  })
  break({ text }: { text: string }): never {
    throw new TypeError(`broken by ${text}`);
  }
}

@Module({ providers: [TellService] })
class TellModule {}

type Entry = Record<string, unknown> & { time: string; level: string; message: string };

const quiet = { LOG_LEVEL: 'debug', MCP_LOG_CONSOLE: 'false', MCP_LOG_FILE: 'true' };
let gateway: TestGateway;
let plain: TestGateway;

beforeAll(async () => {
  const start = (env: Record<string, string>) => startGateway({ env: { ...quiet, ...env }, services: [TellModule] });
  plain = await start({ HOT_PATH: 'off' });
  // Nest's own lines go to the gateway that was started last
  gateway = await start({});
});
afterAll(() => Promise.all([gateway.close(), plain.close()]));

async function logs(query: string, from = gateway): Promise<Entry[]> {
  const { status, body } = await from.get(`/logs?${query}`, admin);
  expect(status).toBe(200);
  return (body as { entries: Entry[] }).entries;
}

/** The line of one request; it may come a moment after its answer. */
async function requestLine(requestId: string, from = gateway): Promise<Entry> {
  return vi.waitFor(async () => {
    const [line, ...more] = (await logs(`requestId=${requestId}`, from)).filter(({ context }) => context === 'Request');
    expect(more).toEqual([]);
    return line!;
  }, SOON);
}

const filesOf = ({ directory }: TestGateway) =>
  readdirSync(join(directory, 'logs'))
    .filter((name) => name.endsWith('.log'))
    .map((name) => readFileSync(join(directory, 'logs', name), 'utf8'))
    .join('');

let requests = 0;
const newId = () => `request-${(requests += 1)}`;

describe('a request leaves one line', () => {
  const call = { method: 'tools/call', params: { name: 'tell_line', arguments: { text: 'x' } }, jsonrpc: '2.0', id: 1 };
  const rest = '/api/services/tell/line';
  const cases: [what: string, sent: Sent, line: Record<string, unknown>][] = [
    ['JSON-RPC', { method: 'POST', path: '/mcp/rpc', headers: json, body: JSON.stringify(call) }, {}],
    ['its other address', { method: 'POST', path: '/api/mcp/jsonrpc', headers: json, body: JSON.stringify(call) }, {}],
    [
      'a notification',
      { method: 'POST', path: '/mcp/rpc', headers: json, body: '{"jsonrpc":"2.0","method":"ping"}' },
      { status: 204 },
    ],
    ['a slash command', { method: 'POST', path: '/mcp/execute', headers: json, body: '{"command":"/help"}' }, {}],
    ['REST', { method: 'POST', path: rest, headers: json, body: '{"text":"x"}' }, {}],
    ['a query, which is not shown', { path: '/api/tools?limit=5&q=x' }, { path: '/api/tools' }],
    ['a key', { path: '/admin/api-keys', headers: admin }, { caller: expect.stringMatching(/./) }],
    ['HEAD', { method: 'HEAD', path: '/api/tools' }, { bytes: 0 }],
    ['an error', { method: 'POST', path: rest, headers: json, body: '{}' }, { status: 400 }],
    ['a denied call', { path: '/admin/api-keys' }, { status: 403 }],
    ['a bad key', { path: '/api/tools', headers: { 'x-mcp-key': 'bad' } }, { status: 401, caller: undefined }],
    ['a bad key for a call', { method: 'POST', path: '/mcp/rpc', headers: { ...json, 'x-mcp-key': 'bad' }, body: '{}' }, { status: 401, caller: undefined }],
    ['no JSON', { method: 'POST', path: '/mcp/rpc', headers: json, body: '{' }, { status: 400 }],
    ['nothing there', { path: '/nowhere' }, { status: 404, caller: undefined }],
    ['a foreign Host', { path: '/api/tools', headers: { host: 'evil.example' } }, { status: 421, caller: undefined }],
    ['a probe', { path: '/health' }, { level: 'debug', caller: undefined }],
    ['a scrape', { path: '/metrics/prometheus' }, { level: 'debug' }],
    ['a fault of ours', { method: 'POST', path: '/api/services/tell/break', headers: json, body: '{"text":"x"}' }, { level: 'warn', status: 500 }],
    ['a path that is too long', { path: `/${'a'.repeat(3_000)}` }, { status: 404, caller: undefined, path: `/${'a'.repeat(199)}` }],
    ['a path with an escape', { path: '/%1b[31mred%0aline' }, { status: 404, caller: undefined }],
  ]; // prettier-ignore

  it.each(cases)('%s', async (_what, sent, differs) => {
    for (const to of [gateway, plain]) {
      const requestId = newId();
      const answer = await to.send({ ...sent, headers: { ...sent.headers, 'x-request-id': requestId } });
      const expected = {
        level: 'info',
        context: 'Request',
        requestId,
        method: sent.method ?? 'GET',
        path: sent.path,
        status: 200,
        address: '127.0.0.1',
        caller: 'local',
        bytes: Buffer.byteLength(answer.text),
        ...differs,
      };
      const { time, durationMs, ...line } = await requestLine(requestId, to);
      const { caller, ...known } = expected;
      const message = `${expected.method} ${expected.path} ${answer.status}`;
      expect(line).toEqual({ ...known, ...(caller !== undefined && { caller }), message });
      expect(answer.status).toBe(expected.status);
      expect(time).toMatch(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/);
      expect(durationMs).toBeGreaterThan(0);
    }
  });
});

describe('no secret is written', () => {
  const random = 'Zq3vB7xK1mN9pL5tR8wYcD2fG6hJ';
  const canaries = {
    ours: `mcp_live_${random}${random}`,
    github: `ghp_${random}${random.slice(0, 8)}`,
    openai: `sk-proj-${random}`,
    jwt: `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.${random}`,
    url: `postgres://me:${random}@db.internal/x`,
    named: `password=${random}`,
    setting: ADMIN_KEY,
  };
  const secret = [random, ADMIN_KEY, 'eyJzdWIiOiJjYW5hcnkifQ'];

  it.each(Object.entries(canaries))('%s, wherever a caller puts it', async (_what, canary) => {
    const body = (value: unknown) => ({ method: 'POST', headers: json, body: JSON.stringify(value) });
    const rpc = (method: string, params: unknown) => body({ jsonrpc: '2.0', id: 1, method, params });
    const requests: Sent[] = [
      { path: '/api/tools', headers: { 'x-mcp-key': canary } },
      { path: '/api/tools', headers: { 'x-api-key': canary, 'x-mcp-key': 'other' } },
      { path: '/api/tools', headers: { authorization: `Bearer ${canary}`, 'user-agent': canary, cookie: canary } },
      { path: `/api/tools?api_key=${canary}&token=${canary}` },
      { path: `/${encodeURIComponent(canary)}` },
      { path: `/${canary}/x` },
      { path: `/mcp/service/${encodeURIComponent(canary)}` },
      { path: `/api/services/${encodeURIComponent(canary)}/x`, ...body({}) },
      { path: '/api/services/tell/line', ...body({ text: canary }) },
      { path: '/api/services/tell/break', ...body({ text: canary }) },
      { path: '/api/services/tell/line', ...body({ [canary]: canary }) },
      { path: '/mcp/rpc', ...rpc('mcp.execute', { service: canary, operation: canary }) },
      { path: '/mcp/rpc', ...rpc('tools/call', { name: 'tell_line', arguments: { text: `a ${canary} b` } }) },
      { path: '/mcp/rpc', ...rpc('tools/call', { name: 'tell_break', arguments: { text: canary } }) },
      { path: '/mcp/rpc', ...rpc(canary, {}) },
      { path: '/mcp/execute', ...body({ command: `/mcp-tell line ${JSON.stringify(canary)}` }) },
      { path: '/mcp/execute', ...body({ command: `/mcp-${canary} x` }) },
    ];
    for (const request of requests) await gateway.send(request);

    const search = async (text: string) => JSON.stringify(await logs(`limit=1000&search=${encodeURIComponent(text)}`));
    await vi.waitFor(async () => expect(await search('***')).toContain('tell.line: '), SOON);
    const everything = await gateway.get('/logs?limit=1000', admin);
    for (const text of secret) {
      expect(everything.text).not.toContain(text);
      expect(filesOf(gateway)).not.toContain(text);
    }
  });

  it('and no control character', async () => {
    const text = 'a\r\n{"level":"error"}\u001b[2J\u0007\u202e\u2028\u009b b';
    await gateway.post('/api/services/tell/line', { text });
    await gateway.post('/api/services/tell/break', { text });
    const lines = await logs('search=u001b');
    expect(lines.map(({ message, stack }) => [message, stack])).toEqual([
      [
        expect.stringContaining('tell.break for local'),
        expect.stringContaining('\\u001b[2J\\u0007\\u202e\\u2028\\u009b b\n'),
      ],
      ['tell.line: a\\r\\n{"level":"error"}\\u001b[2J\\u0007\\u202e\\u2028\\u009b b', undefined],
    ]);
    for (const line of filesOf(gateway).split('\n').slice(0, -1)) {
      // eslint-disable-next-line no-control-regex
      expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e]/);
      expect(JSON.parse(line)).toMatchObject({ time: expect.any(String), level: expect.any(String) });
    }
  });
});

describe('GET /logs', () => {
  it('finds all that was written of a request, the newest first', async () => {
    const requestId = newId();
    await gateway.post('/api/services/tell/break', { text: 'it' }, { 'x-request-id': requestId });
    await requestLine(requestId);
    const [request, call, ...more] = await logs(`requestId=${requestId}`);
    expect(request).toMatchObject({ level: 'warn', context: 'Request', status: 500, requestId });
    expect(call).toEqual({
      time: expect.any(String),
      level: 'error',
      message:
        'tell.break for local through rest: internal, Something broke inside the gateway. Its log has the reason under this request id.',
      context: 'Call',
      requestId,
      stack: expect.stringMatching(/^TypeError: broken by it\n {4}at /),
    });
    expect(more).toEqual([]);
  });

  it('filters by level, time and text', async () => {
    const before = new Date().toISOString();
    const tell = (text: string) => gateway.post('/api/services/tell/line', { text });
    await tell('First Needle [a-z]+');
    await vi.waitFor(() => expect(new Date().toISOString() > before).toBe(true), 10_000);
    const between = new Date(Date.now() + 1).toISOString();
    await vi.waitFor(() => expect(new Date().toISOString() > between).toBe(true), 10_000);
    await tell('Second needle');
    const found = async (query: string) =>
      (await logs(`search=nEEdle&since=${before}&${query}`)).map(({ message }) => message);
    const [first, second] = ['tell.line: First Needle [a-z]+', 'tell.line: Second needle'];
    expect(await found('')).toEqual([second, first]);
    expect(await found('limit=1')).toEqual([second]);
    expect(await found(`until=${between}`)).toEqual([first]);
    expect(await found(`until=${encodeURIComponent(between.replace('Z', '+00:00'))}`)).toEqual([first]);
    expect(await found('level=info')).toEqual([second, first]);
    expect(await found('level=warn')).toEqual([]);
    expect((await logs('search=[a-z]%2B')).map(({ message }) => message)).toEqual([first]);
    expect(await logs('search=[0-9]%2B')).toEqual([]);
    const levels = new Set((await logs('level=warn&limit=1000')).map(({ level }) => level));
    expect([...levels].sort()).toEqual(['error', 'warn']);
    expect((await logs('')).length).toBe(100);
  });

  it.each([
    'level=loud',
    'level=info&level=warn',
    'since=yesterday',
    'since=2026-13-01',
    'until=2026-01-01T00:00:00',
    'until=1',
    'limit=0',
    'limit=1001',
    'limit=-1',
    'limit=ten',
    'limit=1e2',
    'search=',
    `search=${'x'.repeat(201)}`,
    'requestId=%2F',
    'file=/etc/passwd',
    'path=x',
  ])('?%s is refused', async (query) => {
    const { status, body } = await gateway.get(`/logs?${query}`, admin);
    expect([status, (body as any).error.kind]).toEqual([400, 'invalid']);
  });

  it('is for admins alone', async () => {
    const made = await gateway.post('/admin/api-keys', { name: 'x', permissions: ['read', 'monitor'] }, admin);
    const statuses = [undefined, (made.body as { key: string }).key, 'nonsense'].map((key) =>
      gateway.get('/logs', key === undefined ? {} : { 'x-mcp-key': key }),
    );
    expect((await Promise.all(statuses)).map(({ status }: Answer) => status)).toEqual([403, 403, 401]);
  });
});

describe('the level', () => {
  it('may change at any time', async () => {
    const settings = gateway.gateway.app.get<{ level: string }>(LogSettings);
    const tell = async (level: string) => {
      settings.level = level;
      const requestId = newId();
      await gateway.post('/api/services/tell/line', { text: level }, { 'x-request-id': requestId });
      return (await logs(`requestId=${requestId}`)).filter(({ context }) => context === 'Operation').length;
    };
    try {
      expect([await tell('warn'), await tell('info'), await tell('error'), await tell('debug')]).toEqual([0, 1, 0, 1]);
    } finally {
      settings.level = 'debug';
    }
  });
});

describe('log files', () => {
  it('are for the gateway’s user alone, and answer for what was before a restart', async () => {
    const own = await startGateway({ env: { ...quiet, LOG_LEVEL: 'info' }, services: [TellModule] });
    const directory = join(own.directory, 'logs');
    try {
      await own.post('/api/services/tell/line', { text: 'before the restart' }, { 'x-request-id': 'early' });
      await own.restart();
      await own.post('/api/services/tell/line', { text: 'after the restart' });
      const found = (await logs('search=the%20restart', own)).map(({ message }) => message);
      expect(found).toEqual(['tell.line: after the restart', 'tell.line: before the restart']);
      expect((await logs('requestId=early', own)).map(({ context }) => context).sort()).toEqual(['Operation', 'Request']);
      expect(statSync(directory).mode & 0o777).toBe(0o700);
      const names = readdirSync(directory).filter((name) => name.endsWith('.log'));
      expect(names).toEqual([expect.stringMatching(/^gateway-\d{4}-\d\d-\d\d\.log$/)]);
      expect(statSync(join(directory, names[0]!)).mode & 0o777).toBe(0o600);

      const line = (message: string) => `${JSON.stringify({ time: '2020-01-01T00:00:00.000Z', level: 'info', message })}\n`;
      const big = Array.from({ length: 5_000 }, (_, i) => line(`old ${i} ${'é'.repeat(50)}`)).join('');
      writeFileSync(join(directory, 'gateway-2020-01-01.log'), `torn${big}{"time":"2020`);
      writeFileSync(join(directory, 'gateway-2020-01-01.1.log'), line('newer'));
      writeFileSync(join(directory, 'other.log'), line('foreign'));
      writeFileSync(join(own.directory, 'elsewhere'), line('foreign'));
      symlinkSync(join(own.directory, 'elsewhere'), join(directory, 'gateway-2020-01-02.log'));
      const old = (await logs('until=2020-12-31T00:00:00Z&limit=1000', own)).map(({ message }) => message.slice(0, 8).trim());
      expect(old).toEqual(['newer', ...Array.from({ length: 999 }, (_, i) => `old ${4_999 - i}`)]);
      expect(await logs('search=foreign', own)).toEqual([]);
      expect((await logs('search=old%200%20', own)).map(({ message }) => message)).toEqual([]); // it was torn
      expect((await logs('search=old%201%20', own)).length).toBe(1);
    } finally {
      await own.close();
    }
  }, 60_000); // prettier-ignore

  it('that can’t be written cost lines, never the gateway', async () => {
    const own = await startGateway({ env: { ...quiet, MCP_LOG_FILE: 'false' }, services: [TellModule] });
    const directory = join(own.directory, 'logs');
    try {
      mkdirSync(directory);
      const today = `gateway-${new Date().toISOString().slice(0, 10)}.log`;
      symlinkSync('/dev/full', join(directory, today));
      await own.restart({ MCP_LOG_FILE: 'true' });
      await vi.waitFor(async () => {
        await own.post('/api/services/tell/line', { text: 'x' });
        expect((await logs('search=log%20file', own)).map(({ message }) => message)).toContain(
          "The log file can't be written (ENOSPC); lines are missing there until it can",
        );
      }, SOON);
      expect((await own.post('/api/services/tell/line', { text: 'still here' })).status).toBe(200);
      expect((await logs('search=still%20here', own)).length).toBe(1);
    } finally {
      await own.close();
    }
  });

  it('that have no place stop the start, naming MCP_LOG_DIR', async () => {
    const place = join(gateway.directory, 'a-file');
    writeFileSync(place, '');
    const start = startGateway({ env: { ...quiet, MCP_LOG_DIR: join(place, 'logs') } });
    await expect(start).rejects.toThrow(
      `The log directory ${join(place, 'logs')} can't be used (ENOTDIR). Let the gateway’s user write there, or set MCP_LOG_DIR to another directory.`,
    );
  });
});

describe('what a process writes', () => {
  const whole = useGatewayProcesses();

  const run = (env: Record<string, string>, at = whole.processes.directory()) => {
    const own = { DATA_DIR: join(at, 'data'), DATABASE_URL: whole.database.url, MCP_ADMIN_KEY: ADMIN_KEY };
    return { at, started: whole.processes.start({ at, env: { ...own, ...env } }) };
  };
  const end = async (started: GatewayProcess) => {
    started.kill('SIGTERM');
    expect(await started.ended).toEqual({ code: 0, signal: null });
  };

  it('is one JSON object a line', { timeout: 60_000 }, async () => {
    const { started } = run({});
    await started.ready();
    await started.get('/api/tools', { 'x-request-id': 'seen' });
    await end(started);
    const entries = started.stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as Entry); // prettier-ignore
    for (const entry of entries) expect(entry).toMatchObject({ time: expect.any(String), message: expect.any(String) });
    expect(entries.find(({ requestId }) => requestId === 'seen')).toMatchObject({ path: '/api/tools', status: 200 });
    expect(started.stderr).toBe('');
  });

  it('is text for people with LOG_FORMAT=pretty, without colours where nobody looks', { timeout: 60_000 }, async () => {
    const { started } = run({ LOG_FORMAT: 'pretty' });
    await started.ready();
    await started.get('/api/tools', { 'x-request-id': 'seen' });
    await end(started);
    const lines = started.stdout.trimEnd().split('\n');
    const time = String.raw`\d{4}-\d\d-\d\dT[\d:.]+Z`;
    for (const line of lines) expect(line).toMatch(new RegExp(String.raw`^${time} (INFO |WARN ) \[[\w ]+\] .+$`));
    expect(lines.find((line) => line.includes('requestId=seen'))).toMatch(
      /INFO {2}\[Request\] GET \/api\/tools 200 requestId=seen method=GET path=\/api\/tools status=200 durationMs=[\d.]+ address=127\.0\.0\.1 caller=local bytes=\d+$/,
    );
  });

  it('is nothing with MCP_LOG_CONSOLE=false', { timeout: 60_000 }, async () => {
    const { at, started } = run({ MCP_LOG_CONSOLE: 'false', MCP_LOG_FILE: 'true', MCP_LOG_DIR: 'own/logs' });
    const written = () =>
      existsSync(join(at, 'own', 'logs')) &&
      readdirSync(join(at, 'own', 'logs')).map((name) => readFileSync(join(at, 'own', 'logs', name), 'utf8'));
    await vi.waitFor(() => expect(String(written())).toContain('The gateway is ready at'), { timeout: 20_000 });
    await end(started);
    expect([started.stdout, started.stderr]).toEqual(['', '']);
  });
});
