import { afterAll, beforeAll, expect, it } from 'vitest';
import { GatewayModule } from '../libs/services/src/gateway/gateway.module.js';
import { BenchModule } from './fixtures/bench.service.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';
import { connectPlain, type TestSocket } from './sockets.js';

const admin = { 'x-mcp-key': ADMIN_KEY };
let gateway: TestGateway;
let socket: TestSocket;

const set = (values: object) => gateway.post('/config', values, admin);
const isOf = (rule: string, state: string) => (event: any) => event.rule === rule && event.state === state;

beforeAll(async () => {
  gateway = await startGateway({
    env: { ALERT_QUIET_SECONDS: '0', ALERT_FOR_SECONDS: '1', ALERT_MEMORY_PERCENT: '0', ALERT_CPU_PERCENT: '0' },
    services: [GatewayModule, BenchModule],
  });
  socket = await connectPlain(gateway.url, { headers: admin });
  await socket.ask('subscribe', { room: 'alerts' });
});
afterAll(async () => {
  socket.close();
  await gateway.close();
});

it('tells of a back end that can’t be reached, once, and when it can again', async () => {
  const down = { how: 'unavailable', backEnd: 'the shop' };
  for (let i = 0; i < 5; i += 1) await gateway.post('/api/services/bench/fail', down);
  const raised = await socket.next('alert', isOf('circuit-open', 'raised'));
  expect(raised).toEqual({
    seq: expect.any(Number),
    time: expect.any(String),
    id: expect.any(String),
    rule: 'circuit-open',
    subject: 'the shop',
    state: 'raised',
    severity: 'critical',
    message: expect.stringContaining('the shop could not be reached'),
    value: 1,
    threshold: 0,
  });
  // an error of another kind means that it is there
  await expect
    .poll(async () => (await gateway.post('/api/services/bench/fail', { ...down, how: 'failed' })).status, {
      timeout: 5_000,
    })
    .toBe(422);
  const resolved = await socket.next('alert', isOf('circuit-open', 'resolved'));
  expect(resolved).toMatchObject({ id: raised.id, subject: 'the shop', value: 0 });
  expect(socket.seen('alert').filter(({ rule }) => rule === 'circuit-open')).toEqual([]);
});

it('tells of bad credentials by the threshold that is set while it runs', async () => {
  await set({ 'alerts.authFailuresPerMinute': 2 });
  for (let i = 0; i < 3; i += 1) await gateway.get('/api/tools', { 'x-mcp-key': 'nonsense' });
  expect(await socket.next('alert', isOf('auth-failures', 'raised'))).toMatchObject({ value: 3, threshold: 2 });
  await set({ 'alerts.authFailuresPerMinute': 0 });
  expect(await socket.next('alert', isOf('auth-failures', 'resolved'))).toMatchObject({ threshold: 0 });
});

it('tells of calls that fail, of at least twenty', async () => {
  const call = (how: string) => gateway.post('/api/services/bench/fail', { how });
  for (let i = 0; i < 20; i += 1) await call('failed');
  expect(await socket.next('alert', isOf('error-rate', 'raised'))).toMatchObject({
    severity: 'warning',
    threshold: 10,
  });
  await set({ 'alerts.errorRatePercent': 0 });
  await socket.next('alert', isOf('error-rate', 'resolved'));
});

it('tells of a busy processor when it has been busy for a while', async () => {
  await set({ 'alerts.cpuPercent': 1 });
  const since = performance.now();
  let isRaised = false;
  const raised = socket.next('alert', isOf('cpu', 'raised')).finally(() => (isRaised = true));
  while (!isRaised) await gateway.post('/api/services/gateway/echo', { message: 'busy' });
  expect(performance.now() - since).toBeGreaterThan(900);
  expect(await raised).toMatchObject({ value: expect.toSatisfy((value: number) => value > 1), threshold: 1 });
  await set({ 'alerts.cpuPercent': 10_000 });
  await socket.next('alert', isOf('cpu', 'resolved'));
});

it('tells of a budget that is nearly used up, and how much of it is used', async () => {
  const limits = { tokensPerMonth: 110 };
  const { body } = await gateway.post('/admin/api-keys', { name: 'spender', permissions: ['read'], limits }, admin);
  const { id, key } = body as { id: string; key: string };
  const echo = (length: number) =>
    gateway.post('/api/services/gateway/echo', { message: 'x'.repeat(length) }, { 'x-mcp-key': key });
  await echo(40);
  await echo(330);
  const raised = await socket.next('alert', isOf('budget', 'raised'));
  expect(raised).toMatchObject({
    subject: `spender (${id}) tokensPerMonth`,
    severity: 'warning',
    value: expect.toSatisfy((value: number) => value > 90 && value < 100),
    threshold: 90,
    message: expect.stringMatching(/^9\d(\.\d)? % of the tokens for 30 days of spender \(.*\) are used$/),
  });
  await set({ 'alerts.budgetPercent': 0 });
  expect(await socket.next('alert', isOf('budget', 'resolved'))).toMatchObject({ id: raised.id, value: 0 });
});
