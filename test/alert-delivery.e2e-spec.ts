import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Store } from '#libs/core';
import { KeptAlerts } from '../libs/core/src/observability/alerts/kept-alerts.js';
import { GatewayModule } from '../libs/services/src/gateway/gateway.module.js';
import type { ContractServer } from './contract/contract-server.js';
import { pagerDutyReceiver, slackReceiver, webhookReceiver } from './contract/alerts/receivers.js';
import { createDatabase, type TestDatabase } from './database.js';
import { BenchModule } from './fixtures/bench.service.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';
import { Relay } from './relay.js';

const admin = { 'x-mcp-key': ADMIN_KEY };
const KEY = 'f7a1b2c3d4e5f60718293a4b5c6d7e8f';
const SOON = { timeout: 20_000, interval: 50 };
const text = expect.any(String) as string;
const number = expect.any(Number) as number;

const webhook = webhookReceiver();
const slack = slackReceiver();
const pagerDuty = pagerDutyReceiver(KEY);
const receivers: ContractServer[] = [webhook, slack, pagerDuty];
let database: TestDatabase;
let relay: Relay;
let gateway: TestGateway;

beforeAll(async () => {
  for (const receiver of receivers) await receiver.start();
  database = await createDatabase();
  relay = await Relay.to(database.url);
  gateway = await startGateway({
    env: {
      DATABASE_URL: relay.url,
      ALERT_QUIET_SECONDS: '0',
      ALERT_WINDOW_SECONDS: '600',
      ALERT_MEMORY_PERCENT: '0',
      ALERT_CPU_PERCENT: '0',
      ALERT_AUTH_FAILURES_PER_MINUTE: '0',
      ALERT_WEBHOOK_URL: `${webhook.url}/hooks/alerts`,
      ALERT_SLACK_URL: `${slack.url}/services/T0/B0/secret-of-slack`,
      ALERT_PAGERDUTY_KEY: KEY,
      ALERT_PAGERDUTY_URL: `${pagerDuty.url}/v2/enqueue`,
    },
    services: [GatewayModule, BenchModule],
  });
});
afterAll(async () => {
  await gateway.close();
  await relay.cut();
  await database.drop();
  for (const receiver of receivers) await receiver.close();
});
beforeEach(() => {
  for (const { calls } of receivers) calls.length = 0;
});
afterEach(async () => {
  // a channel that is told late would be told in the next test
  await expect.poll(waiting, SOON).toEqual([]);
  expect(receivers.flatMap(({ violations }) => violations.splice(0))).toEqual([]);
});

interface Item {
  id: string;
  state: string;
  deliveries: { channel: string; news: string; state: string; attempts: number; problem: string | null }[];
  [more: string]: unknown;
}

const list = async (query = '') => {
  const { status, body } = await gateway.get(`/admin/alerts${query}`, admin);
  expect(status).toBe(200);
  return body as { items: Item[]; nextCursor: string | null };
};
const newest = async () => (await list('?limit=1')).items[0]!;
const waiting = async () =>
  (await list()).items.flatMap(({ deliveries }) => deliveries).filter(({ state }) => state === 'waiting');
const set = (values: object) => gateway.post('/config', values, admin);
const answer = (id: string, verb: string, body: object = {}) =>
  gateway.post(`/admin/alerts/${id}/${verb}`, body, admin);

/** Raises the rule by what strangers have done, and waits until it is in the store. */
async function raise(): Promise<Item> {
  const before = (await list('?limit=1')).items[0]?.id;
  await gateway.get('/api/tools', { 'x-mcp-key': 'nonsense' });
  await gateway.get('/api/tools', { 'x-mcp-key': 'nonsense' });
  await set({ 'alerts.authFailuresPerMinute': 1 });
  await expect.poll(async () => (await newest())?.id, SOON).not.toBe(before);
  return newest();
}
async function resolve({ id }: Item): Promise<void> {
  await set({ 'alerts.authFailuresPerMinute': 0 });
  await expect.poll(async () => (await list()).items.find((each) => each.id === id)?.state, SOON).toBe('resolved');
}
/** What became of each delivery of an alert. */
const deliveriesOf = async ({ id }: Item) =>
  (await list()).items
    .find((each) => each.id === id)!
    .deliveries.map(({ channel, news, state }) => `${news} ${channel} ${state}`)
    .sort();
const delivered = (...news: string[]) =>
  news.flatMap((each) => ['pagerduty', 'slack', 'webhook'].map((channel) => `${each} ${channel} delivered`)).sort();

it('tells each channel once that it began and once that it is over, in the words of each', async () => {
  const alert = await raise();
  await expect.poll(() => deliveriesOf(alert), SOON).toEqual(delivered('raised'));
  await resolve(alert);
  await expect.poll(() => deliveriesOf(alert), SOON).toEqual(delivered('raised', 'resolved'));
  const [item] = (await list()).items;
  const { deliveries, ...facts } = item!;
  expect(facts).toEqual({
    id: alert.id,
    rule: 'auth-failures',
    subject: null,
    replica: text,
    alsoSeenBy: [],
    state: 'resolved',
    severity: 'warning',
    message: expect.stringMatching(/^\d+ requests in the last 600 seconds were not recognised$/),
    value: number,
    threshold: 1,
    raisedAt: text,
    resolvedAt: text,
    acknowledgedAt: null,
    acknowledgedBy: null,
    silencedUntil: null,
    silencedBy: null,
  });
  expect(deliveries).toContainEqual({ channel: 'slack', news: 'raised', state: 'delivered', attempts: 1, problem: null, doneAt: text }); // prettier-ignore
  const { id, rule, replica, severity, raisedAt } = facts as Record<string, any>;
  expect(webhook.calls.map(({ body }) => body)).toEqual([
    { id, rule, replica, severity, state: 'raised', message: facts.message, value: number, threshold: 1, time: raisedAt, raisedAt },
    { id, rule, replica, severity, state: 'resolved', message: text, value: number, threshold: 0, time: facts.resolvedAt, raisedAt },
  ]); // prettier-ignore
  expect(slack.calls.map(({ body }) => body.text)).toEqual([
    `:warning: ${String(facts.message)}`,
    expect.stringContaining(':white_check_mark: Over: '),
  ]);
  expect(slack.calls[0]!.body.blocks[1].elements[0].text).toContain(`*rule* auth-failures`);
  expect(pagerDuty.calls.map(({ body }) => body)).toEqual([
    {
      routing_key: KEY,
      event_action: 'trigger',
      dedup_key: id,
      client: 'MCP Gateway',
      payload: {
        summary: facts.message,
        source: replica,
        severity: 'warning',
        timestamp: raisedAt,
        class: 'auth-failures',
        custom_details: { value: number, threshold: 1 },
      },
    },
    { routing_key: KEY, event_action: 'resolve', dedup_key: id },
  ]);
  expect(JSON.stringify(await gateway.gateway.app.get(Store, { strict: false }).run((manager) => manager.query('SELECT * FROM notices')))).not.toContain(KEY); // prettier-ignore
});

describe('a channel that does not take it', () => {
  it.each([
    ['asks for patience', { status: 429, headers: { 'retry-after': '1' } }],
    ['is broken', { status: 503 }],
  ])('and %s is tried again until it does, and nothing is told twice', async (_what, failure) => {
    pagerDuty.failure = { ...failure, times: 2 };
    const alert = await raise();
    await expect.poll(() => deliveriesOf(alert), SOON).toEqual(delivered('raised'));
    expect(pagerDuty.calls.map(({ body }) => body.event_action)).toEqual(['trigger', 'trigger', 'trigger']);
    expect(slack.calls.length).toBe(1);
    const [seen] = (await newest()).deliveries.filter(({ channel }) => channel === 'pagerduty');
    expect(seen).toMatchObject({ attempts: 3, state: 'delivered' });
    await resolve(alert);
    await expect.poll(() => pagerDuty.incidents.get(alert.id), SOON).toBe('resolved');
  });

  it('and refuses it is not tried again, and an admin sees why', async () => {
    webhook.failure = { status: 410, times: 1 };
    const alert = await raise();
    await expect
      .poll(() => deliveriesOf(alert), SOON)
      .toEqual(['raised pagerduty delivered', 'raised slack delivered', 'raised webhook refused']);
    const [seen] = (await newest()).deliveries.filter(({ channel }) => channel === 'webhook');
    expect(seen).toMatchObject({ attempts: 1, problem: 'The webhook for alerts answered with status 410' });
    await resolve(alert);
    await expect.poll(() => webhook.calls.map(({ body }) => body.state), SOON).toEqual(['raised', 'resolved']);
  });

  it('is told in the order in which it happened', async () => {
    slack.failure = { status: 500, times: 1 };
    const alert = await raise();
    await resolve(alert);
    await expect.poll(() => deliveriesOf(alert), SOON).toEqual(delivered('raised', 'resolved'));
    const signs = slack.calls.map(({ body }) => (body.text as string).split(' ')[0]);
    expect(signs).toEqual([':warning:', ':warning:', ':white_check_mark:']);
  });
});

describe('a person', () => {
  it('acknowledges an alert, which PagerDuty is told', async () => {
    const alert = await raise();
    const { status, body } = await answer(alert.id, 'acknowledge');
    expect([status, body]).toEqual([
      200,
      expect.objectContaining({ id: alert.id, acknowledgedAt: text, acknowledgedBy: text }),
    ]);
    await expect.poll(() => pagerDuty.incidents.get(alert.id), SOON).toBe('acknowledged');
    const again = await answer(alert.id, 'acknowledge');
    expect([again.status, (again.body as Item).acknowledgedAt]).toEqual([200, (body as Item).acknowledgedAt]);
    await resolve(alert);
    await expect.poll(() => pagerDuty.incidents.get(alert.id), SOON).toBe('resolved');
    expect(pagerDuty.calls.map(({ body }) => body.event_action)).toEqual(['trigger', 'acknowledge', 'resolve']);
    // each is told by itself
    await expect.poll(() => [webhook.calls.length, slack.calls.length], SOON).toEqual([2, 2]);
    expect((await answer(alert.id, 'acknowledge')).status).toBe(409);
  });

  it('silences an alert: it is kept, and nobody is told but PagerDuty that its incident is over', async () => {
    const alert = await raise();
    await expect.poll(() => deliveriesOf(alert), SOON).toEqual(delivered('raised'));
    const untilAt = new Date(Date.now() + 3_600_000).toISOString();
    const { status, body } = await answer(alert.id, 'silence', { untilAt });
    expect([status, body]).toEqual([200, expect.objectContaining({ silencedUntil: untilAt, silencedBy: text })]);
    await resolve(alert);
    await expect.poll(() => pagerDuty.incidents.get(alert.id), SOON).toBe('resolved');
    expect(await deliveriesOf(alert)).toEqual([...delivered('raised'), 'resolved pagerduty delivered'].sort());

    const next = await raise();
    expect(next).toMatchObject({ state: 'raised', silencedUntil: untilAt });
    expect(await deliveriesOf(next)).toEqual(['raised pagerduty waiting', 'raised slack waiting', 'raised webhook waiting']);
    await resolve(next);
    expect(await deliveriesOf(next)).toEqual(['raised pagerduty withdrawn', 'raised slack withdrawn', 'raised webhook withdrawn']);
    expect([webhook.calls.length, slack.calls.length]).toEqual([1, 1]);

    const third = await raise();
    await answer(third.id, 'silence', { untilAt: null });
    await expect.poll(() => deliveriesOf(third), SOON).toEqual(delivered('raised'));
    await resolve(third);
    await expect.poll(() => deliveriesOf(third), SOON).toEqual(delivered('raised', 'resolved'));
    expect((await newest()).silencedUntil).toBe(null);
  }); // prettier-ignore

  it.each([
    ['acknowledge', {}, 404],
    ['silence', { untilAt: '2020-01-01T00:00:00Z' }, 400],
    ['silence', { untilAt: 'tomorrow' }, 400],
    ['silence', {}, 400],
    ['silence', { untilAt: null }, 404],
    ['acknowledge', { why: 'x' }, 400],
  ])('can’t %s what is not there with %j', async (verb, body, status) => {
    expect((await answer('nothing', verb, body)).status).toBe(status);
  });

  it('may look with monitor, and answer as an admin alone', async () => {
    const { body } = await gateway.post('/admin/api-keys', { name: 'x', permissions: ['monitor'] }, admin);
    const monitor = { 'x-mcp-key': (body as { key: string }).key };
    expect((await gateway.get('/admin/alerts', monitor)).status).toBe(200);
    expect((await gateway.post('/admin/alerts/x/acknowledge', {}, monitor)).status).toBe(403);
  });

  it('pages through them, the newest first, by state', async () => {
    const all = (await list()).items.map(({ id }) => id);
    expect(all.length).toBeGreaterThan(5);
    const first = await list('?limit=3&state=resolved');
    const second = await list(`?limit=3&state=resolved&cursor=${first.nextCursor}`);
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(all.slice(0, 6));
    expect(await list('?state=raised')).toEqual({ items: [], nextCursor: null });
    expect((await gateway.get('/admin/alerts?state=new', admin)).status).toBe(400);
  });
});

it('goes on with an alert over a restart, and says once that it is over', async () => {
  const alert = await raise();
  await expect.poll(() => deliveriesOf(alert), SOON).toEqual(delivered('raised'));
  await gateway.restart();
  // what it had counted is forgotten
  await expect.poll(() => deliveriesOf(alert), SOON).toEqual(delivered('raised', 'resolved'));
  expect((await newest()).id).toBe(alert.id);
  expect(webhook.calls.map(({ body }) => body.state)).toEqual(['raised', 'resolved']);
});

it('tells after a restart what could not be told before it', async () => {
  webhook.failure = { status: 503 };
  const alert = await raise();
  await expect.poll(() => webhook.calls.length, SOON).toBeGreaterThan(0);
  await gateway.restart();
  webhook.failure = undefined;
  await expect.poll(() => deliveriesOf(alert), SOON).toEqual(expect.arrayContaining(delivered('raised')));
  await set({ 'alerts.authFailuresPerMinute': 0 });
  await expect.poll(() => deliveriesOf(alert), SOON).toEqual(delivered('raised', 'resolved'));
});

it('tells while the store is away, and keeps it when it is back', async () => {
  await gateway.get('/api/tools', { 'x-mcp-key': 'nonsense' });
  await gateway.get('/api/tools', { 'x-mcp-key': 'nonsense' });
  const down = { how: 'unavailable', backEnd: 'the shop' };
  await relay.cut();
  for (let i = 0; i < 5; i += 1) await gateway.post('/api/services/bench/fail', down);
  await expect.poll(() => webhook.calls.map(({ body }) => body.state), SOON).toContain('raised');
  await expect.poll(() => pagerDuty.calls.map(({ body }) => body.event_action), SOON).toContain('trigger');
  const raised = webhook.calls.find(({ body }) => body.rule === 'circuit-open')!.body;
  expect(raised).toMatchObject({ subject: 'the shop', state: 'raised' });
  await relay.mend();
  await expect
    .poll(async () => (await gateway.post('/api/services/bench/fail', { ...down, how: 'failed' })).status, SOON)
    .toBe(422);
  await expect
    .poll(async () => (await gateway.get('/admin/alerts?state=resolved', admin)).text, SOON)
    .toContain(raised.id);
  await expect.poll(() => pagerDuty.incidents.get(raised.id), SOON).toBe('resolved');
  const told = webhook.calls.filter(({ body }) => body.id === raised.id).map(({ body }) => body.state);
  expect(told).toEqual(['raised', 'resolved']);
});

it('ends what a gateway has left that is gone, and leaves alone what others see', async () => {
  const { app } = gateway.gateway;
  const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000);
  await app.get(Store, { strict: false }).run(async (manager) => {
    for (const replica of ['gone', 'living']) {
      await manager.query(
        `INSERT INTO alerts (id, rule, replica, state, severity, message, value, threshold, raised_at)
         VALUES ($1, 'memory', $1, 'raised', 'warning', 'Much', 95, 90, $2)`,
        [replica, ago(60)],
      );
    }
    await manager.query(
      `INSERT INTO metric_points (resolution, time, replica, point, parts) VALUES (60, $1, 'living', '{}', '{}')`,
      [ago(2)],
    );
  });
  await app.get(KeptAlerts, { strict: false }).sweep(new Date());
  const states = new Map((await list()).items.map(({ id, state }) => [id, state]));
  expect([states.get('gone'), states.get('living')]).toEqual(['resolved', 'raised']);
  await expect
    .poll(() => webhook.calls.map(({ body }) => `${body.id} ${body.message}`), SOON)
    .toContain('gone The gateway that saw it is gone. Much');
});
