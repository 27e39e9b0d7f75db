import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CallsInFlight, SupervisedUpstreams } from '#libs/core';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';

// the file is looked at once a second, and processes start
vi.setConfig({ testTimeout: 60_000 });
const soon = { timeout: 30_000, interval: 50 };

const admin = { 'x-mcp-key': ADMIN_KEY };
const server = fileURLToPath(new URL('fixtures/upstreams/unsteady-server.js', import.meta.url));
const upstream = (more: object = {}) => ({ command: process.execPath, args: [server], cwd: process.cwd(), ...more });

let directory: string;
let file: string;
let gateway: TestGateway;
let started: Promise<TestGateway> | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'config-'));
  file = join(directory, 'settings.json');
  started = undefined;
});
afterEach(async () => {
  await (await started)?.close();
  rmSync(directory, { recursive: true });
});

const write = (content: unknown) =>
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
async function start(content: unknown, env: Record<string, string> = {}): Promise<void> {
  write(content);
  started = startGateway({ env: { MCP_CONFIG_FILE: file, ...env } });
  gateway = await started;
}
interface Shown {
  values: Record<string, { value: unknown; origin: string }>;
  file: { problem: string | null; needsRestart: string[] };
}
const config = async () => (await gateway.get('/config', admin)).body as Shown;
const valueOf = async (key: string) => {
  const { value, origin } = (await config()).values[key]!;
  return [value, origin];
};
const upstreams = () => gateway.gateway.app.get(SupervisedUpstreams);
const call = (service: string, operation: string, input: object) =>
  gateway.post(`/api/services/${service}/${operation}`, input, admin);
const problem = async () => (await config()).file.problem;
const dataOf = ({ body }: { body: unknown }) => (body as { data: unknown }).data;

describe('a config file that changes', () => {
  it('changes runtime settings, below the environment and runtime changes', async () => {
    await start(
      { server: { timeout: 1001, maxBodyBytes: 2001 }, 'results.maxTokens': 5001 },
      { MCP_MAX_BODY_BYTES: '2000' },
    );
    await gateway.post('/config', { 'results.maxTokens': 5000 }, admin);
    write({ server: { timeout: 1002, maxBodyBytes: 2002 }, 'results.maxTokens': 5002 });
    await vi.waitFor(async () => expect(await valueOf('server.timeout')).toEqual([1002, 'file']), soon);
    expect(await valueOf('server.maxBodyBytes')).toEqual([2000, 'environment']);
    expect(await valueOf('results.maxTokens')).toEqual([5000, 'runtime']);
    await gateway.post('/config', { 'results.maxTokens': null }, admin);
    expect(await valueOf('results.maxTokens')).toEqual([5002, 'file']);

    write({});
    await vi.waitFor(async () => expect(await valueOf('server.timeout')).toEqual([30_000, 'default']), soon);
  });

  it('is told where it needs a restart, and uses the rest', async () => {
    await start({ server: { hotPath: 'on' } });
    write({ server: { hotPath: 'off', timeout: 1001 } });
    await vi.waitFor(async () => expect(await valueOf('server.timeout')).toEqual([1001, 'file']), soon);
    expect((await config()).file).toEqual({ problem: null, needsRestart: ['server.hotPath'] });
    expect(await valueOf('server.hotPath')).toEqual(['on', 'file']);
    write({ server: { hotPath: 'on', timeout: 1001 } });
    await vi.waitFor(async () => expect((await config()).file.needsRestart).toEqual([]), soon);
  });

  it('leaves all as it was while anything in it is wrong', async () => {
    await start({ server: { timeout: 1001 } });
    const wrong: [unknown, string][] = [
      ['{"server": {"timeout": 1002}', 'settings.json is no JSON: the mistake is at line 1, column 29.'],
      [{ server: { timeout: 1002, tiemout: 1 } }, 'server.tiemout in '],
      [{ server: { timeout: 1002 }, mcpServers: { postgres: upstream() } }, 'mcpServers: postgres is the name of'],
      [
        {
          server: { timeout: 1002 },
          policies: { rules: [{ name: 'no', effect: 'deny', operations: ['gateway.ehco'] }] },
        },
        'policies: the rule no names gateway.ehco, which is no operation',
      ],
      [{ server: { timeout: 1002 }, 'security.allowedOrigins': ['*'] }, 'security.allowedOrigins: ALLOWED_ORIGINS=*'],
    ];
    for (const [content, told] of wrong) {
      write(content);
      await vi.waitFor(async () => expect(await problem()).toContain(told), soon);
      expect(await valueOf('server.timeout')).toEqual([1001, 'file']);
      expect((await gateway.get('/ready')).status).toBe(200);
    }
    write({ server: { timeout: 1003 } });
    await vi.waitFor(async () => expect(await valueOf('server.timeout')).toEqual([1003, 'file']), soon);
    expect(await problem()).toBeNull();
  });

  it('changes the policy', async () => {
    await start({});
    const echo = async () => (await gateway.post('/api/services/gateway/echo', { message: 'x' }, admin)).status;
    expect(await echo()).toBe(200);
    write({ policies: { rules: [{ name: 'no-echo', effect: 'deny', operations: ['gateway.echo'] }] } });
    await vi.waitFor(async () => expect(await echo()).toBe(403), soon);
  });

  it('may be replaced, or be a link in a directory that is swapped', async () => {
    const mount = (name: string, timeout: number) => {
      mkdirSync(join(directory, name));
      writeFileSync(join(directory, name, 'settings.json'), JSON.stringify({ server: { timeout } }));
      symlinkSync(name, join(directory, 'next'));
      renameSync(join(directory, 'next'), join(directory, '..data'));
    };
    mount('first', 1001);
    symlinkSync(join('..data', 'settings.json'), file);
    started = startGateway({ env: { MCP_CONFIG_FILE: file } });
    gateway = await started;
    expect(await valueOf('server.timeout')).toEqual([1001, 'file']);
    mount('second', 1002);
    await vi.waitFor(async () => expect(await valueOf('server.timeout')).toEqual([1002, 'file']), soon);

    const beside = join(directory, 'beside.json');
    writeFileSync(beside, JSON.stringify({ server: { timeout: 1003 } }));
    renameSync(beside, file);
    await vi.waitFor(async () => expect(await valueOf('server.timeout')).toEqual([1003, 'file']), soon);
  });

  it('adds, changes and ends upstreams, and touches no other', async () => {
    await start({ mcpServers: { kept: upstream(), gone: upstream(), moved: upstream() } });
    await Promise.all(['kept', 'gone', 'moved'].map((name) => upstreams().find(name)!.reached(30_000)));
    const kept = upstreams().find('kept');
    const identity = dataOf(await call('kept', 'identity', {}));
    const underWay = call('gone', 'hang', {});
    await vi.waitFor(() => expect(gateway.gateway.app.get(CallsInFlight).count).toBe(1), soon);

    write({ mcpServers: { kept: upstream(), moved: upstream({ tools: ['echo'] }), fresh: upstream() } });
    await vi.waitFor(() => expect(upstreams().find('fresh')).toBeDefined(), soon);
    await upstreams().find('fresh')!.reached(30_000);
    expect((await call('fresh', 'echo', { message: 'hello' })).status).toBe(200);
    await vi.waitFor(async () => expect((await call('moved', 'identity', {})).status).toBe(404), soon);
    expect(await underWay).toMatchObject({
      status: 502,
      body: { error: { kind: 'unavailable', details: { retryable: false } } },
    });
    expect((await call('gone', 'echo', { message: 'x' })).status).toBe(404);
    expect(upstreams().find('kept')).toBe(kept);
    expect(dataOf(await call('kept', 'identity', {}))).toEqual(identity);
  });

  it('changes toolsets, and clients are told', async () => {
    await start({ toolsets: { small: { tools: ['gateway.echo'] } } });
    const client = new Client({ name: 'test', version: '1' });
    const told = vi.fn<() => void>();
    client.setNotificationHandler('notifications/tools/list_changed', told);
    const requestInit = { headers: admin };
    await client.connect(
      new StreamableHTTPClientTransport(new URL(`${gateway.url}/mcp/toolsets/small`), { requestInit }),
    );
    const names = async () => (await client.listTools()).tools.map(({ name }) => name).sort();
    expect(await names()).toEqual(['gateway_echo']);

    write({ toolsets: { small: { tools: ['gateway.echo', 'gateway.whoami'] }, other: { tools: ['gateway.echo'] } } });
    await vi.waitFor(() => expect(told).toHaveBeenCalled(), soon);
    expect(await names()).toEqual(['gateway_echo', 'gateway_whoami']);
    const { items } = (await gateway.get('/admin/toolsets', admin)).body as {
      items: { name: string; origin: string }[];
    };
    expect(items).toMatchObject([
      { name: 'other', origin: 'file' },
      { name: 'small', origin: 'file' },
    ]);
    await client.close();
  });
});
