import { setTimeout as sleep } from 'node:timers/promises';
import { Module } from '@nestjs/common';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { Store } from '#libs/core';
import { McpService, Operation, type BackgroundReport } from '#libs/kit';
import { services } from '#libs/services';
import { BackgroundRows } from '../libs/core/src/execution/background/background-rows.js';
import { createDatabase, type TestDatabase } from './database.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';
import { Relay } from './relay.js';
import { eventually } from './replicas.js';

/** Longer than a gateway takes to find the store again. */
const LEASE_MS = 3_000;
const admin = { 'x-mcp-key': ADMIN_KEY };
const name = z.object({ name: z.string() });

const ran: string[] = [];
let release: () => void;
const held = new Promise<void>((resolve) => (release = resolve));

@McpService({ name: 'work', version: '1.0.0', description: 'Work that outlasts an outage', location: 'server' })
class WorkService {
  @Operation({
    name: 'once',
    description: 'Does something that must not be done twice.',
    input: name,
    output: name,
    permission: 'write',
  })
  async once(input: { name: string }) {
    ran.push(input.name);
    await held;
    return input;
  }

  @Operation({
    name: 'again',
    description: 'Does something that may be done twice.',
    input: name,
    output: name,
    permission: 'write',
    annotations: { idempotent: true },
  })
  again(input: { name: string }) {
    return this.once(input);
  }
}

@Module({ providers: [WorkService] })
class WorkModule {}

let database: TestDatabase;
let relay: Relay;
const gateways: TestGateway[] = [];

beforeAll(async () => {
  database = await createDatabase();
  relay = await Relay.to(database.url);
  const env = {
    DATABASE_URL: relay.url,
    MCP_SECRET_KEY: 'the one secret of gateways whose store goes away',
    MCP_BACKGROUND_LEASE_MS: String(LEASE_MS),
    MCP_APPROVALS_REQUIRE: '',
  };
  for (let left = 2; left > 0; left -= 1) {
    gateways.push(await startGateway({ env, services: [...services, WorkModule] }));
  }
}, 60_000);
afterAll(async () => {
  release();
  await Promise.all(gateways.map((each) => each.close()));
  await relay.cut();
  await database.drop();
});

/** As soon as the store is there. */
async function ask(gateway: TestGateway, operation: string, input: object): Promise<BackgroundReport> {
  const { body } = await eventually(
    () => gateway.post(`/api/services/gateway/${operation}`, input, admin),
    ({ status }) => status === 200,
  );
  return (body as { data: BackgroundReport }).data;
}
const start = (gateway: TestGateway, tool: string) =>
  ask(gateway, 'start_call', { name: `work_${tool}`, arguments: { name: tool } });
const outcome = (gateway: TestGateway, ticket: string, waitMs = 0) => ask(gateway, 'call_outcome', { ticket, waitMs });

it('runs no call twice whose gateway lives, however long the store was away', async () => {
  const [one] = gateways as [TestGateway];
  const once = await start(one, 'once');
  const again = await start(one, 'again');
  await expect.poll(() => ran.length).toBe(2);
  // as it is of one that runs for days
  await one.gateway.app
    .get(Store)
    .run((manager) => manager.query(`UPDATE background_calls SET expires_at = now() - interval '2 days'`));

  await relay.cut();
  await sleep(LEASE_MS + 500);
  await relay.mend();
  await Promise.all(
    gateways.map(async (gateway) => {
      // of an agent that was told to try again
      expect((await start(gateway, 'once')).ticket).toBe(once.ticket);
      expect((await start(gateway, 'again')).ticket).toBe(again.ticket);
      expect(await outcome(gateway, once.ticket)).toMatchObject({ state: 'running' });
      await gateway.gateway.app.get(BackgroundRows).dropExpired();
    }),
  );
  await sleep(LEASE_MS + 2_500);
  expect(ran.toSorted()).toEqual(['again', 'once']);
  const losses = () =>
    one.gateway.app
      .get(Store)
      .run((manager) => manager.query<unknown[]>('SELECT losses, attempt, state FROM background_calls'));
  expect(await losses()).toEqual(Array(2).fill({ losses: 0, attempt: 1, state: 'running' }));

  release();
  for (const { ticket } of [once, again]) {
    for (const gateway of gateways) expect(await outcome(gateway, ticket, 10_000)).toMatchObject({ state: 'done' });
  }
});
