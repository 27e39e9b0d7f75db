import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { asSuperuser } from './database.js';
import type { GatewayProcess } from './gateway-process.js';
import { useGatewayProcesses } from './process-fixture.js';

const PRESENTERS = 50;
const admin = { 'x-mcp-key': 'admin-key-of-the-gateway-that-runs-once' };

vi.setConfig({ testTimeout: 90_000 });

/** What the calls reach, which counts them, and holds its answers while it is told to. */
const arrived: string[] = [];
let held: ServerResponse[] | undefined;
const server = createServer((request, response) => {
  arrived.push(request.url ?? '');
  if (held) held.push(response);
  else response.end('done');
});
const whole = useGatewayProcesses();
let at: string;
let gateway: GatewayProcess;
let agent: Record<string, string>;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  at = whole.processes.directory();
  await start();
  const { body } = await gateway.post('/admin/api-keys', { name: 'agent', permissions: ['write'] }, admin);
  agent = { 'x-mcp-key': (body as { key: string }).key };
}, 60_000);
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function start(): Promise<void> {
  gateway = whole.processes.start({
    at,
    env: {
      DATA_DIR: join(at, 'data'),
      DATABASE_URL: whole.database.url,
      MCP_ADMIN_KEY: admin['x-mcp-key'],
      MCP_APPROVALS_REQUIRE: 'web.api_call',
      MCP_APPROVALS_WAIT_MS: '0',
      WEB_ALLOWED_HOSTS: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    },
  });
  await gateway.ready();
}

async function killAndStart(): Promise<void> {
  gateway.kill('SIGKILL');
  await gateway.ended;
  await start();
}

const call = (path: string, ticket?: string) =>
  gateway.post(
    '/api/services/web/api_call',
    { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, method: 'POST', ticket },
    agent,
  );
const detailsOf = ({ body }: { body: unknown }) =>
  (body as { error?: { details: { ticket?: string; state?: string } } }).error?.details;
const runsOf = (path: string) => arrived.filter((each) => each === path).length;

async function approvedTicket(path: string): Promise<string> {
  const { ticket } = detailsOf(await call(path))!;
  const answer = await gateway.post(`/admin/approvals/${ticket}`, { decision: 'approve' }, admin);
  expect(answer.status).toBe(200);
  return ticket!;
}

it(`runs once under ${PRESENTERS} presenters of a ticket, and tells all of them the same`, async () => {
  const ticket = await approvedTicket('/many');
  await gateway.post('/config', { 'approvals.waitMs': 30_000 }, admin);
  const answers = await Promise.all(Array.from({ length: PRESENTERS }, () => call('/many', ticket)));
  await gateway.post('/config', { 'approvals.waitMs': null }, admin);
  const [first] = answers.map(({ body }) => (body as { data?: object }).data);
  expect(first).toMatchObject({ status: 200 });
  expect(answers.map(({ status, body }) => [status, (body as { data?: object }).data])).toEqual(
    Array.from({ length: PRESENTERS }, () => [200, first]),
  );
  expect(runsOf('/many')).toBe(1);
});

it('runs once 20 minutes after it was approved, when the gateway was killed in between', async () => {
  const ticket = await approvedTicket('/later');
  await asSuperuser(
    whole.database.name,
    `UPDATE approvals SET created_at = created_at - interval '20 min', decided_at = decided_at - interval '20 min',
       expires_at = expires_at - interval '20 min' WHERE id = '${ticket}'`,
  );
  await killAndStart();
  expect(runsOf('/later')).toBe(0);
  expect((await call('/later', ticket)).status).toBe(200);
  await killAndStart();
  expect((await call('/later', ticket)).status).toBe(200);
  expect(runsOf('/later')).toBe(1);
});

it('does not run again where the gateway was killed while it ran', async () => {
  const ticket = await approvedTicket('/cut');
  held = [];
  const cut = call('/cut', ticket).catch(() => 'cut');
  await vi.waitFor(() => expect(held).toHaveLength(1), 20_000);
  await killAndStart();
  expect(await cut).toBe('cut');
  held = undefined;
  expect(detailsOf(await call('/cut', ticket))).toMatchObject({ ticket, state: 'running' });
  // by which time it must have ended
  await asSuperuser(whole.database.name, `UPDATE approvals SET runs_until = now() WHERE id = '${ticket}'`);
  expect(detailsOf(await call('/cut', ticket))).toMatchObject({ approvalId: ticket, state: 'lost' });
  expect(runsOf('/cut')).toBe(1);
});
