import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modernFixture, sessionFixture } from './conformance/fixture/http.js';
import { lostOf } from './conformance/passed.js';
import { runSuite, type Revision } from './conformance/suite.js';
import { Balancer } from './faults/load/balancer.js';
import type { HttpUpstream } from './fixtures/upstreams/recording-server.js';
import { mcpTools } from './mcp-tools/tools.js';
import { noRedis, startRedis, type RedisServer } from './redis-server.js';
import { startReplicas, type Replicas } from './replicas.js';

const SUITE_MS = 120_000;
const tools = await mcpTools();

/** `npm run faults -- replicas-conformance` runs it at every address, and kills one in the middle. */
describe.skipIf(!tools || noRedis)('the official conformance suite, at three replicas in turn', () => {
  let redis: RedisServer;
  let replicas: Replicas;
  let balancer: Balancer;
  let modern: HttpUpstream;
  let sessions: HttpUpstream;
  beforeAll(async () => {
    [modern, sessions, redis] = await Promise.all([modernFixture(), sessionFixture(), startRedis()]);
    const servers = { modern: { url: modern.url }, sessions: { url: sessions.url } };
    replicas = await startReplicas({
      count: 3,
      redisUrl: redis.url,
      env: { MCP_SERVERS: JSON.stringify(servers) },
    });
    balancer = await Balancer.start(
      replicas.all.map(({ url }) => url),
      0,
    );
  });
  afterAll(async () => {
    await balancer.stop();
    await replicas.close();
    await Promise.all([modern.close(), sessions.close(), redis.stop()]);
  });

  it.each<[address: string, revision: Revision]>([
    ['/mcp/servers/sessions', '2025-11-25'],
    ['/mcp/servers/modern', '2026-07-28'],
  ])('passes at %s in %s whatever one gateway passes', { timeout: SUITE_MS, retry: 2 }, async (address, revision) => {
    const outcome = await runSuite(tools!, balancer.url + address, revision);
    expect(lostOf(outcome, address, revision)).toEqual([]);
    expect(outcome.passed.length).toBeGreaterThan(50);
  });
});
