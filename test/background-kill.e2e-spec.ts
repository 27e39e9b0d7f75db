import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { BackgroundReport } from '#libs/kit';
import { N8N_KEY, N8nServer } from './contract/n8n/n8n-server.js';
import type { GatewayProcess } from './gateway-process.js';
import { useGatewayProcesses } from './process-fixture.js';
import { eventually } from './replicas.js';

vi.setConfig({ testTimeout: 60_000 });

const admin = { 'x-mcp-key': 'admin-key-of-gateways-of-which-one-dies' };
const whole = useGatewayProcesses();
const n8n = new N8nServer();

/** A back end that answers when the test says so. */
const held: { path: string; response: ServerResponse }[] = [];
const arrived: string[] = [];
const backEnd = createServer((request, response) => {
  arrived.push(request.url ?? '');
  held.push({ path: request.url ?? '', response });
});
let origin: string;
let first: GatewayProcess;
let second: GatewayProcess;
let agent: Record<string, string>;

async function start(): Promise<GatewayProcess> {
  const at = whole.processes.directory();
  const gateway = whole.processes.start({
    at,
    env: {
      DATA_DIR: join(at, 'data'),
      DATABASE_URL: whole.database.url,
      MCP_SECRET_KEY: 'the one secret of gateways of which one dies',
      MCP_ADMIN_KEY: admin['x-mcp-key'],
      MCP_BACKGROUND_LEASE_MS: '1500',
      N8N_API_URL: n8n.contract.url,
      N8N_API_KEY: N8N_KEY,
      WEB_ALLOWED_HOSTS: new URL(origin).host,
      HTTP_TIMEOUT_MS: '60000',
    },
  });
  await gateway.ready();
  return gateway;
}

async function tool(gateway: GatewayProcess, name: string, input: object): Promise<BackgroundReport> {
  const { status, body } = await gateway.post(`/api/services/gateway/${name}`, input, agent);
  expect({ status, body }).toMatchObject({ status: 200 });
  return (body as { data: BackgroundReport }).data;
}

const startCall = (name: string, input: object) => tool(first, 'start_call', { name, arguments: input });
const outcome = (ticket: string, waitMs = 20_000) => tool(second, 'call_outcome', { ticket, waitMs });
const runsOf = (path: string) => arrived.filter((each) => each === path).length;
const answerAll = (path: string) => {
  for (const each of held.filter((one) => one.path === path)) each.response.end('the whole text');
};

beforeAll(async () => {
  await n8n.contract.start();
  backEnd.listen(0, '127.0.0.1');
  await once(backEnd, 'listening');
  origin = `http://127.0.0.1:${(backEnd.address() as AddressInfo).port}`;
  first = await start();
  const { body } = await first.post('/admin/api-keys', { name: 'agent', permissions: ['read', 'write'] }, admin);
  agent = { 'x-mcp-key': (body as { key: string }).key };
}, 60_000);
afterAll(async () => {
  backEnd.closeAllConnections();
  backEnd.close();
  await n8n.contract.close();
});

describe('the gateway that runs calls in the background is killed', () => {
  let workflow: BackgroundReport;
  let page: BackgroundReport;
  let order: BackgroundReport;

  beforeAll(async () => {
    n8n.runs = { reads: Infinity, fails: false };
    const id = n8n.add('Nightly import');
    workflow = await startCall('n8n_execute', { workflow: id, data: { day: 1 }, wait: true });
    page = await startCall('fetch_url', { url: `${origin}/page` });
    order = await startCall('api_call', { url: `${origin}/order`, method: 'POST' });
    const isPolled = () => n8n.contract.calls.filter(({ path }) => path.startsWith('/api/v1/executions/')).length;
    await eventually(isPolled, (reads) => reads > 1);
    await eventually(
      () => [runsOf('/page'), runsOf('/order')],
      ([pages, orders]) => pages === 1 && orders === 1,
    );
    second = await start();
    first.kill('SIGKILL');
    await first.ended;
  }, 60_000);

  it('and another one goes on with a workflow that is waited for, and starts it no second time', async () => {
    for (const each of n8n.executions) each.left = 1;
    expect(await outcome(workflow.ticket)).toMatchObject({
      operation: 'n8n.execute',
      state: 'done',
      result: { workflow: { name: 'Nightly import' }, execution: { status: 'success' } },
    });
    expect(n8n.contract.calls.filter(({ path }) => path.startsWith('/webhook/'))).toHaveLength(1);
  });

  it('and another one runs again what may run twice', async () => {
    await eventually(
      () => runsOf('/page'),
      (runs) => runs === 2,
    );
    answerAll('/page');
    expect(await outcome(page.ticket)).toMatchObject({ state: 'done', result: { text: 'the whole text' } });
  });

  it('and what must not run twice is told to be interrupted, and is not run again', async () => {
    const report = await outcome(order.ticket);
    expect(report).toMatchObject({ state: 'interrupted' });
    expect(report.note).toMatch(/may have had its effect.*not run again/);
    expect(report).not.toHaveProperty('result');
    expect(runsOf('/order')).toBe(1);
  });
});
