import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { childrenOf, commandLineOf } from '../libs/core/src/store/process-facts.js';
import { GatewayProcesses, processesIn, type GatewayProcess } from './gateway-process.js';
import { noRedis, startRedis, type RedisServer } from './redis-server.js';
import { eventually } from './replicas.js';
import { START_ENV, START_FLAGS } from './start-command.js';

/** After which whoever stops a process mostly kills it. */
const STOPS_WITHIN_MS = 10_000;
const CLUSTER = 'dist/apps/gateway/src/cluster.js';
const LARGE_PAGES = '--use-largepages=silent';

// whole processes start and stop, several at once
vi.setConfig({ testTimeout: 120_000 });

let processes: GatewayProcesses;
beforeAll(() => {
  processes = new GatewayProcesses();
});
afterAll(() => processes.close());

function startCluster(at: string, env: Record<string, string>, ...args: string[]): GatewayProcess {
  const file = join(processes.build, CLUSTER);
  const flags = START_FLAGS.filter((flag) => flag !== LARGE_PAGES);
  const options = { at, env: { ...START_ENV, DATA_DIR: join(at, 'data'), ...env } };
  return processes.startWith(process.execPath, [...flags, file, ...args], options);
}

/** The processes that hold the data directories of the replicas, by number. */
function pidsAt(at: string, count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const lock = readFileSync(join(at, 'data', 'replicas', String(i + 1), 'gateway.lock'), 'utf8');
    return (JSON.parse(lock) as { pid: number }).pid;
  });
}

describe('a cluster that can’t be', () => {
  it.each<[what: string, env: Record<string, string>, args: string[], message: RegExp]>([
    [
      'without Redis',
      {},
      [],
      /^Several gateways act as one through Redis: set REDIS_URL, or run one with npm start\.$/m,
    ],
    ['of none', {}, ['--replicas=0'], /^Usage: npm run start:cluster/m],
    ['of an option that is unknown', {}, ['--workers=2'], /^Usage: npm run start:cluster/m],
    ['with a setting that is wrong', { REDIS_URL: 'http://x' }, [], /REDIS_URL/],
  ])('is refused %s', async (_what, env, args, message) => {
    const started = startCluster(processes.directory(), env, ...args);
    expect(await started.ended).toEqual({ code: 1, signal: null });
    expect(started.stderr).toMatch(message);
  });

  it('does not mind what a config file holds for the replicas', async () => {
    const at = processes.directory();
    mkdirSync(join(at, 'config'));
    const content = {
      'server.port': 0,
      mcpServers: { files: { command: 'true' } },
      'n8n.apiUrl': 'http://127.0.0.1:9',
    };
    writeFileSync(join(at, 'config', 'mcp-router.json'), JSON.stringify(content));
    const started = startCluster(at, {});
    expect(await started.ended).toEqual({ code: 1, signal: null });
    expect(started.stderr).toMatch(/^Several gateways act as one through Redis/);
  });
});

it('ends in time, and leaves nothing, while its database does not come up', async () => {
  const at = processes.directory();
  const gateway = processes.start({ at, env: { DATA_DIR: join(at, 'data') } });
  await gateway.ready();
  gateway.kill('SIGTERM');
  await gateway.ended;
  const cluster = join(at, 'data', 'postgres');
  // PostgreSQL reads its settings while it takes no signals yet, and nobody ever writes these
  execFileSync('mkfifo', ['-m', '644', join(cluster, 'endless.conf')]);
  appendFileSync(join(cluster, 'postgresql.conf'), "include 'endless.conf'\n");
  const started = startCluster(at, { REDIS_URL: 'redis://127.0.0.1:1' }, '--replicas=2');
  await eventually(
    () => processesIn(at),
    (pids) => pids.some((pid) => commandLineOf(pid)?.includes(`-D ${cluster}`)),
  );
  const sentAt = performance.now();
  started.kill('SIGTERM');
  expect(await started.ended).toEqual({ code: 0, signal: null });
  expect(performance.now() - sentAt).toBeLessThan(STOPS_WITHIN_MS);
  expect(processesIn(at)).toEqual([]);
});

describe.skipIf(noRedis)('npm run start:cluster', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  it('shares a port among replicas over the embedded store, replaces one that dies, and ends as a whole', async () => {
    const at = processes.directory();
    const secret = join(at, 'secret');
    writeFileSync(secret, randomBytes(32).toString('base64url'));
    // each replica reads it by itself, and anew when it changes
    const started = startCluster(at, { REDIS_URL: redis.url, MCP_SECRET_KEY_FILE: secret }, '--replicas=2');
    const url = await started.ready();
    await started.line(/2 replicas share the port/);
    const [first, second] = pidsAt(at, 2);
    expect(new Set([first, second, started.pid]).size).toBe(3);
    // only those that answer calls pay for them
    const inLargePages = [started.pid, first!, second!].map((pid) => commandLineOf(pid)?.includes(LARGE_PAGES));
    expect(inLargePages).toEqual([false, true, true]);
    await started.line(/Metrics are at [^]*Metrics are at /);
    await eventually(() => callsCounted(started, url), isSpread, 30_000);

    process.kill(second!, 'SIGKILL');
    await started.line(/Replica 2 ended by itself \(SIGKILL\); starting it again in 200 ms/);
    for (let call = 0; call < 20; call += 1) expect(await echo(url)).toBe(200);
    await started.line(/(Metrics are at [^]*){3}/);
    expect(pidsAt(at, 2)).toEqual([first, expect.not.toBeOneOf([first, second])]);
    await eventually(() => callsCounted(started, url), isSpread, 30_000);

    started.kill('SIGTERM');
    expect(await started.ended).toEqual({ code: 0, signal: null });
    expect(processesIn(at)).toEqual([]);
  });

  it('ends in time, and leaves nothing, while one of its replicas hangs', async () => {
    const at = processes.directory();
    const stubborn = join(at, 'stubborn.js');
    writeFileSync(
      stubborn,
      'for (const s of ["SIGTERM", "SIGINT"]) process.on(s, () => {}); setInterval(() => {}, 1e3);',
    );
    const servers = { stubborn: { command: process.execPath, args: [stubborn] } };
    const started = startCluster(at, { REDIS_URL: redis.url, MCP_SERVERS: JSON.stringify(servers) }, '--replicas=2');
    await started.ready();
    await started.line(/2 replicas share the port/);
    const [, second] = pidsAt(at, 2);
    await eventually(
      () => childrenOf(second!),
      (children) => children.some((pid) => commandLineOf(pid)?.includes(stubborn)),
    );
    process.kill(second!, 'SIGSTOP');
    const sentAt = performance.now();
    started.kill('SIGTERM');
    expect(await started.ended).toEqual({ code: 0, signal: null });
    expect(performance.now() - sentAt).toBeLessThan(STOPS_WITHIN_MS);
    expect(started.stdout).toMatch(/Replica 2 does not end; it is ended by force/);
    await eventually(
      () => processesIn(at),
      (left) => left.length === 0,
      5_000,
    );
  });

  it('ends with the first replica that can’t start, and leaves nothing', async () => {
    const at = processes.directory();
    const started = startCluster(at, { REDIS_URL: redis.url, PORT: String(takenPort()) }, '--replicas=2');
    expect(await started.ended).toEqual({ code: 1, signal: null });
    expect(started.stderr).toMatch(
      /is in use\. Stop what listens there, or set PORT\.[^]*The first replica did not start\./,
    );
    expect(processesIn(at)).toEqual([]);
  });

  /** Redis listens there. */
  const takenPort = () => Number(new URL(redis.url).port);
});

/** On a connection of its own, which the port gives to one of the replicas. */
function echo(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    request(`${url}/api/services/gateway/echo`, { method: 'POST', headers, agent: false }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode));
    })
      .once('error', reject)
      .end('{"message":"hi"}');
  });
}

/** Of each replica that runs, as its own metrics tell, after ten more calls. */
async function callsCounted(started: GatewayProcess, url: string): Promise<number[]> {
  for (let call = 0; call < 10; call += 1) await echo(url);
  const ports = [...started.stdout.matchAll(/Metrics are at (http:[^"\s]+)/g)].map(([, address]) => address ?? '');
  const texts = await Promise.all(
    ports.map((address) =>
      fetch(address).then(
        (response) => response.text(),
        () => undefined, // it was killed
      ),
    ),
  );
  return texts
    .filter((text) => text !== undefined)
    .map((text) => Number(/operation_total\{.* (\d+)/.exec(text)?.[1] ?? 0));
}

const isSpread = (calls: number[]) => calls.length === 2 && calls.every((count) => count > 0);
