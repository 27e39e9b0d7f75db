import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { Agent, request, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { childrenOf } from '../libs/core/src/store/process-facts.js';
import { GatewayProcesses, processesIn, serverPid, type GatewayProcess } from './gateway-process.js';

/** From the signal to the exit. */
const STOPS_WITHIN_MS = 10_000;
const SOON = { timeout: 30_000, interval: 10 };
const orderly = { code: 0, signal: null };

// Whole processes start and stop several times in some of these.
vi.setConfig({ testTimeout: 120_000 });

let processes: GatewayProcesses;

beforeAll(() => {
  processes = new GatewayProcesses();
});
afterAll(() => processes.close());

/** A gateway with a database of its own that answers queries. */
async function startServing(at: string, env = {}): Promise<GatewayProcess> {
  const gateway = processes.start({ at, env: { DATA_DIR: join(at, 'data'), ...env } });
  await gateway.ready();
  expect(await gateway.query('SELECT 1 AS one')).toMatchObject({ status: 200, body: { data: { rows: [{ one: 1 }] } } });
  return gateway;
}

async function untilInFlight(gateway: GatewayProcess, calls: number): Promise<void> {
  await vi.waitFor(async () => {
    expect((await gateway.get('/health')).body).toMatchObject({ callsInFlight: calls });
  }, SOON);
}

/** Sends signals and answers how the gateway ended; fails when that takes too long or a process is left. */
async function stop(gateway: GatewayProcess, at: string, send: () => void | Promise<void>) {
  const sentAt = performance.now();
  await send();
  const end = await gateway.ended;
  expect(performance.now() - sentAt).toBeLessThan(STOPS_WITHIN_MS);
  expect(processesIn(at)).toEqual([]);
  return end;
}

describe('calls in flight', () => {
  it.concurrent.each(['SIGTERM', 'SIGINT'] as const)(
    'all succeed after a %s, and balancers are told first',
    async (signal) => {
      const at = processes.directory();
      const gateway = await startServing(at);
      const calls = Array.from({ length: 20 }, () => gateway.query('SELECT 2 AS slept FROM pg_sleep(2)'));
      await untilInFlight(gateway, 20);

      const end = stop(gateway, at, () => gateway.kill(signal));
      await vi.waitFor(async () => {
        expect(await gateway.get('/ready')).toMatchObject({
          status: 503,
          body: { status: 'error', error: { lifecycle: { status: 'down', state: 'stopping' } } },
        });
      }, SOON);
      const answers = (await Promise.all(calls)).map(({ status, body }) => [status, (body as Success).data.rows]);
      expect(answers).toEqual(Array.from({ length: 20 }, () => [200, [{ slept: 2 }]]));
      expect(await end).toEqual(orderly);
    },
  );

  it.concurrent('leave no connection open that the stop would wait for', async () => {
    const at = processes.directory();
    const gateway = await startServing(at);
    const agent = new Agent({ keepAlive: true });
    const slow = { database: 'demo', query: 'SELECT pg_sleep(3)' };
    const calls = [
      post(agent, gateway, '/api/services/postgres/query', slow),
      post(agent, gateway, '/mcp/rpc', {
        jsonrpc: '2.0',
        id: 1,
        method: 'mcp.execute',
        params: { service: 'postgres', operation: 'query', params: slow },
      }),
    ];
    await untilInFlight(gateway, 2);
    const end = stop(gateway, at, () => gateway.kill('SIGTERM'));
    const open = (await Promise.all(calls)).filter((socket) => !socket.closed);
    const answeredAt = performance.now();
    await Promise.all(open.map((socket) => once(socket, 'close')));
    // those that stay open are cut after half a second
    expect(performance.now() - answeredAt).toBeLessThan(400);
    expect(await end).toEqual(orderly);
  });

  it.concurrent('are answered with an error that may be retried when they take longer than the stop may', async () => {
    const at = processes.directory();
    const gateway = await startServing(at);
    const call = gateway.query('SELECT pg_sleep(9.5)', { timeoutMs: 20_000 });
    await untilInFlight(gateway, 1);

    const end = stop(gateway, at, () => gateway.kill('SIGTERM'));
    const { status, body } = await call;
    const { requestId } = (body as Failure).error;
    expect({ status, body }).toEqual({
      status: 502,
      body: {
        status: 'error',
        error: {
          code: -32016,
          kind: 'unavailable',
          message: 'This gateway is stopping; send the call again',
          details: { retryable: true, retryAfterMs: 1_000 },
          requestId,
        },
      },
    });
    expect(await end).toEqual(orderly);
  });
});

/** Resolves with the connection, once the answer has come. */
async function post(agent: Agent, gateway: GatewayProcess, path: string, body: unknown): Promise<Socket> {
  const url = `${await gateway.ready()}${path}`;
  const sent = request(url, { agent, method: 'POST', headers: { 'content-type': 'application/json' } });
  sent.end(JSON.stringify(body));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const { socket } = response;
  expect(await json(response)).toHaveProperty(path.startsWith('/api') ? 'data' : 'result');
  return socket;
}

interface Success {
  data: { rows: unknown[] };
}
interface Failure {
  error: { requestId: string };
}

describe('a stop', () => {
  it.concurrent(
    'during the start leaves nothing behind, whatever the start was about, and the next one comes up',
    async () => {
      const at = processes.directory();
      const moments: [what: string, come: (gateway: GatewayProcess) => Promise<unknown>][] = [
        ['the database is being made', () => vi.waitFor(() => expect(workshops(at)).not.toEqual([]), SOON)],
        ['the database is up', (gateway) => gateway.line(/PostgreSQL is up/)],
        ['the store is migrated', (gateway) => gateway.line(/Migrated the store|API keys are known/)],
        ['the store is ready', (gateway) => gateway.line(/The store is ready/)],
      ];
      const ends = [];
      for (const [what, come] of moments) {
        const gateway = processes.start({ at, env: { DATA_DIR: join(at, 'data') } });
        await come(gateway);
        ends.push([what, await stop(gateway, at, () => gateway.kill('SIGTERM')), gateway.stderr, workshops(at)]);
      }
      expect(ends).toEqual(moments.map(([what]) => [what, orderly, '', []]));

      const gateway = await startServing(at);
      expect(await stop(gateway, at, () => gateway.kill('SIGTERM'))).toEqual(orderly);
    },
  );

  it.concurrent('ends in time, and leaves nothing behind, while its database hangs', async () => {
    const at = processes.directory();
    const gateway = await startServing(at);
    const server = serverPid(join(at, 'data', 'postgres'));
    for (const pid of [server, ...childrenOf(server)]) process.kill(pid, 'SIGSTOP');
    // by then something asks it that gets no answer
    await sleep(3_000);
    const sentAt = performance.now();
    gateway.kill('SIGTERM');
    expect(await gateway.ended).toEqual(orderly);
    expect(performance.now() - sentAt).toBeLessThan(STOPS_WITHIN_MS);
    await vi.waitFor(() => expect(processesIn(at)).toEqual([]), SOON);
  });

  it.concurrent.each<[what: string, send: (gateway: GatewayProcess) => void | Promise<void>]>([
    [
      'by two signals within 50 ms',
      async (gateway) => {
        gateway.kill('SIGTERM');
        await sleep(30);
        gateway.kill('SIGTERM');
      },
    ],
    ['by the SIGHUP of a terminal that is closed', (gateway) => gateway.kill('SIGHUP')],
    [
      'after the reader of the log has gone',
      async (gateway) => {
        gateway.stopReading();
        await gateway.query('not a query, which is logged');
        gateway.kill('SIGINT');
      },
    ],
  ])('%s is as orderly', async (_what, send) => {
    const at = processes.directory();
    const gateway = await startServing(at);
    expect(await stop(gateway, at, () => send(gateway))).toEqual(orderly);
  });
});

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

describe('npm start', () => {
  it('becomes the gateway itself, so that signals reach it', async () => {
    expect(scripts.start).toMatch(/^exec env (?:[A-Z_]+=\w+ )+node [\w /.=-]+$/);
    expect(scripts['start:prod']).toBe(scripts.start);
    const supervisor = scripts.start!.replace(' --use-largepages=silent', '').replace('main.js', 'cluster.js');
    expect(scripts['start:cluster']).toBe(supervisor);
    const at = processes.directory();
    const env = { DATA_DIR: join(at, 'data') };
    const gateway = processes.startWith('/bin/sh', ['-c', scripts.start!], { at: processes.build, env });
    await gateway.ready();
    expect(await stop(gateway, at, () => gateway.kill('SIGTERM'))).toEqual(orderly);
  });

  it('builds a fresh checkout, and ends with all that it started at a Ctrl-C and at a SIGTERM', async () => {
    const at = processes.checkout();
    for (const send of [
      (npm: GatewayProcess) => npm.killGroup('SIGINT'),
      (npm: GatewayProcess) => npm.kill('SIGTERM'),
    ]) {
      const npm = processes.startWith('npm', ['start'], { at, env: { DATA_DIR: join(at, 'data') } });
      await npm.ready();
      expect(await npm.get('/ready')).toMatchObject({ status: 200, body: { status: 'ok' } });
      await stop(npm, at, () => send(npm));
    }
  });
});

const workshops = (at: string) => {
  try {
    return readdirSync(join(at, 'data')).filter((name) => name.startsWith('postgres.new-'));
  } catch {
    return [];
  }
};
