import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Store } from '#libs/core';
import type { Alert, AlertState } from '../libs/core/src/observability/alerts/alert.js';
import { AlertChanges } from '../libs/core/src/observability/alerts/alert-changes.js';
import { KeptAlerts } from '../libs/core/src/observability/alerts/kept-alerts.js';
import { GatewayModule } from '../libs/services/src/gateway/gateway.module.js';
import type { ContractServer } from './contract/contract-server.js';
import { pagerDutyReceiver, webhookReceiver } from './contract/alerts/receivers.js';
import { createDatabase, type TestDatabase } from './database.js';
import { BenchModule } from './fixtures/bench.service.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';
import { noRedis, startRedis, type RedisServer } from './redis-server.js';
import { Relay } from './relay.js';
import { connectPlain, type TestSocket } from './sockets.js';

const admin = { 'x-mcp-key': ADMIN_KEY };
const KEY = 'f7a1b2c3d4e5f60718293a4b5c6d7e8f';
const SOON = { timeout: 20_000, interval: 50 };
/** Longer than a rule takes to be looked at, and what it finds to be told. */
const A_WHILE_MS = 2_500;

interface Item {
  id: string;
  rule: string;
  subject: string | null;
  state: string;
  replica: string;
  alsoSeenBy: string[];
}

/** Two gateways that see the same back ends; the second one's store can be taken away. */
describe.skipIf(noRedis)(`what two gateways see${noRedis ? ` (${noRedis})` : ''}`, () => {
  const webhook = webhookReceiver();
  const pagerDuty = pagerDutyReceiver(KEY);
  const receivers: ContractServer[] = [webhook, pagerDuty];
  let database: TestDatabase;
  let relay: Relay;
  let redis: RedisServer;
  let one: TestGateway;
  let other: TestGateway;
  let socket: TestSocket;

  beforeAll(async () => {
    for (const receiver of receivers) await receiver.start();
    database = await createDatabase();
    relay = await Relay.to(database.url);
    redis = await startRedis();
    const off = ['MEMORY_PERCENT', 'CPU_PERCENT', 'ERROR_RATE_PERCENT', 'P95_MS', 'AUTH_FAILURES_PER_MINUTE'];
    const env = {
      ...Object.fromEntries(off.map((rule) => [`ALERT_${rule}`, '0'])),
      MCP_SECRET_KEY: 'the one secret of both gateways of a test',
      REDIS_URL: redis.url,
      ALERT_QUIET_SECONDS: '0',
      ALERT_WEBHOOK_URL: `${webhook.url}/hooks/alerts`,
      ALERT_PAGERDUTY_KEY: KEY,
      ALERT_PAGERDUTY_URL: `${pagerDuty.url}/v2/enqueue`,
    };
    const services = [GatewayModule, BenchModule];
    one = await startGateway({ env: { ...env, DATABASE_URL: database.url }, services });
    other = await startGateway({ env: { ...env, DATABASE_URL: relay.url }, services });
    socket = await connectPlain(other.url, { headers: admin });
    await socket.ask('subscribe', { room: 'alerts' });
  });
  afterAll(async () => {
    socket.close();
    await other.close();
    await one.close();
    await relay.cut();
    await redis.stop();
    await database.drop();
    for (const receiver of receivers) await receiver.close();
    expect(receivers.flatMap(({ violations }) => violations)).toEqual([]);
  });
  beforeEach(() => {
    for (const { calls } of receivers) calls.length = 0;
  });

  const fail = (gateway: TestGateway, backEnd: string, how: string) =>
    gateway.post('/api/services/bench/fail', { how, backEnd });
  const lose = async (gateway: TestGateway, backEnd: string) => {
    for (let i = 0; i < 5; i += 1) await fail(gateway, backEnd, 'unavailable');
  };
  /** An error of another kind means that it is there. */
  const find = (gateway: TestGateway, backEnd: string) =>
    expect.poll(async () => (await fail(gateway, backEnd, 'failed')).status, SOON).toBe(422);
  const all = async (gateway = one) => ((await gateway.get('/admin/alerts', admin)).body as { items: Item[] }).items;
  const of = async (subject: string) => (await all()).filter((item) => item.subject === subject);
  const seenBy = async (subject: string) =>
    (await of(subject)).map(({ state, replica, alsoSeenBy }) => [state, replica, ...alsoSeenBy]);
  const told = (subject: string) =>
    webhook.calls.filter(({ body }) => body.subject === subject).map(({ body }) => body.state as string);
  const aWhile = () => new Promise((resolve) => setTimeout(resolve, A_WHILE_MS));
  const idOf = async (gateway: TestGateway, backEnd: string) => {
    await lose(gateway, backEnd);
    await expect.poll(() => of(backEnd), SOON).toHaveLength(1);
    const [{ replica }] = (await of(backEnd)) as [Item];
    await find(gateway, backEnd);
    await expect.poll(async () => (await of(backEnd))[0]?.state, SOON).toBe('resolved');
    return replica;
  };

  it('is raised once, by the first, and resolved once, by the last', async () => {
    const [first, second] = [await idOf(one, 'the till'), await idOf(other, 'the safe')];
    expect(first).not.toBe(second);
    await lose(one, 'the shop');
    await expect.poll(() => seenBy('the shop'), SOON).toEqual([['raised', first]]);
    await lose(other, 'the shop');
    await expect.poll(() => seenBy('the shop'), SOON).toEqual([['raised', first, second]]);
    await expect.poll(() => told('the shop'), SOON).toEqual(['raised']);
    await find(one, 'the shop');
    await expect.poll(() => seenBy('the shop'), SOON).toEqual([['raised', second]]);
    await find(other, 'the shop');
    await expect.poll(() => told('the shop'), SOON).toEqual(['raised', 'resolved']);
    await aWhile();
    const [alert] = (await of('the shop')) as [Item];
    expect([await seenBy('the shop'), told('the shop')]).toEqual([[['resolved', second]], ['raised', 'resolved']]);
    expect(new Set(webhook.calls.filter(({ body }) => body.subject === 'the shop').map(({ body }) => body.id))).toEqual(
      new Set([alert.id]),
    );
    expect(pagerDuty.incidents.get(alert.id)).toBe('resolved');
    const events = socket.seen('alert').filter(({ subject }) => subject === 'the shop');
    expect(events.map(({ id, state }) => [id, state])).toEqual([
      [alert.id, 'raised'],
      [alert.id, 'resolved'],
    ]);
  });

  it('goes on at one that starts again, and is over when that one sees it no more', async () => {
    await lose(one, 'the bank');
    await expect.poll(() => told('the bank'), SOON).toEqual(['raised']);
    await lose(other, 'the bank');
    await expect.poll(async () => (await of('the bank'))[0]?.alsoSeenBy, SOON).toHaveLength(1);
    await find(one, 'the bank');
    await expect.poll(async () => (await of('the bank'))[0]?.alsoSeenBy, SOON).toEqual([]);
    await other.restart();
    // what it had counted is forgotten
    await expect.poll(() => told('the bank'), SOON).toEqual(['raised', 'resolved']);
    expect(await of('the bank')).toHaveLength(1);
  });

  it.each([
    ['joined in', () => [one, other] as const],
    ['was the first', () => [other, one] as const],
  ])('is not told to be over by one whose store is away and that %s, as long as another one sees it', async (how, order) => {
    const port = `the port, ${how}`;
    const [first, second] = order();
    await lose(first, port);
    await expect.poll(() => told(port), SOON).toEqual(['raised']);
    await lose(second, port);
    await expect.poll(async () => (await of(port))[0]?.alsoSeenBy, SOON).toHaveLength(1);
    await relay.cut();
    await find(other, port);
    await aWhile();
    await relay.mend();
    await expect.poll(async () => (await of(port))[0]?.alsoSeenBy, SOON).toEqual([]);
    expect([told(port), (await of(port))[0]?.state]).toEqual([['raised'], 'raised']);
    await find(one, port);
    await expect.poll(() => told(port), SOON).toEqual(['raised', 'resolved']);
  }); // prettier-ignore

  it('is told to be over by name, and not with another of the same that was told from memory', async () => {
    const changes = one.gateway.app.get(AlertChanges, { strict: false });
    const about = { rule: 'circuit-open', subject: 'the mine', severity: 'critical', message: 'Away', value: 1, threshold: 0 } as const;
    const [before, now] = ['before', 'now'].map((id) => ({ ...about, id, replica: 'r', raisedAt: new Date() }));
    const change = (alert: Alert | undefined, state: AlertState, at: number) => ({ alert: alert!, state, at: new Date(at), by: 'r' });
    await changes.keep(change(before, 'raised', Date.now()));
    await changes.keep(change(now, 'raised', Date.now() + 1), true);
    const { news } = await changes.keep(change(now, 'resolved', Date.now() + 2), true);
    expect(news.map(({ id }) => id).sort()).toEqual(['before', 'now']);
    await expect.poll(() => pagerDuty.incidents.get('before'), SOON).toBe('resolved');
    expect(pagerDuty.incidents.get('now')).toBe(undefined);
  }); // prettier-ignore

  describe('of which some are gone', () => {
    const keep = (id: string, observers: string[], joined: string | null) =>
      one.gateway.app.get(Store, { strict: false }).run((manager) =>
        manager.query(
          `INSERT INTO alerts (id, rule, subject, replica, also_seen_by, joined_at, state, severity, message, value, threshold, raised_at)
           VALUES ($1, 'circuit-open', $1, $2, $3, now() - $4::interval, 'raised', 'critical', 'Away', 1, 0, now() - interval '1 hour')`,
          [id, observers[0], observers.slice(1), joined],
        ),
      );
    const sweep = () => one.gateway.app.get(KeptAlerts, { strict: false }).sweep(new Date());

    it('goes on at those that are there', async () => {
      await one.gateway.app.get(Store, { strict: false }).run((manager) =>
        manager.query(`INSERT INTO metric_points (resolution, time, replica, point, parts) VALUES (60, now(), 'living', '{}', '{}')`),
      );
      await keep('the boat', ['gone', 'living', 'lost'], null);
      await sweep();
      expect(await seenBy('the boat')).toEqual([['raised', 'living']]);
    });

    it('is over where none is left', async () => {
      await keep('the raft', ['gone', 'lost', 'away'], '20 minutes');
      await sweep();
      expect((await seenBy('the raft')).map(([state]) => state)).toEqual(['resolved']);
    });

    it('goes on at one that came a moment ago, and has told nothing of itself yet', async () => {
      await keep('the float', ['gone', 'new'], '1 minute');
      await sweep();
      expect(await seenBy('the float')).toEqual([['raised', 'gone', 'new']]);
    });

    it('is over where its end could not be kept', async () => {
      const mine = await idOf(one, 'the ship');
      await keep('the canoe', [mine], null);
      await sweep();
      expect((await seenBy('the canoe')).map(([state]) => state)).toEqual(['resolved']);
    });
  }); // prettier-ignore

  it('is each one’s own where it is about the gateway itself', async () => {
    await one.post('/config', { 'alerts.authFailuresPerMinute': 1 }, admin);
    for (const gateway of [one, other]) {
      for (let i = 0; i < 2; i += 1) await gateway.get('/api/tools', { 'x-mcp-key': 'nonsense' });
    }
    const raised = async () => (await all()).filter(({ rule }) => rule === 'auth-failures');
    await expect.poll(raised, SOON).toHaveLength(2);
    expect(new Set((await raised()).map(({ replica }) => replica)).size).toBe(2);
  });
});
