// 5 times as many calls at once as are let in: goodput >= 80 % of the peak, the rest refused in < 50 ms with Retry-After
import { Agent, request } from 'node:http';
import { GatewayProcesses } from '../gateway-process.js';
import { ADMIN_KEY, type FaultRun } from './load/account.js';
import { percentile } from './load/good-client.js';

/** Calls that the gateway lets one caller run at once. */
const PLACES = 8;
const PHASE_MS = 10_000;
const GOODPUT = 0.8;
const REFUSED_WITHIN_MS = 50;

interface Phase {
  perSecond: number;
  refusedMs: number[];
  withoutRetryAfter: number;
  others: number;
}

/** The work of a call takes the database 20 ms, so that places, not the processor, are what is short. */
export default async function fault({ log }: FaultRun): Promise<boolean> {
  const processes = new GatewayProcesses();
  const at = processes.directory();
  const env = {
    DATA_DIR: `${at}/data`,
    MCP_ADMIN_KEY: ADMIN_KEY,
    MCP_MAX_CONCURRENT_CALLS: String(PLACES),
    DB_POOL_MAX: '20',
  };
  const gateway = processes.start({ at, env });
  try {
    const url = await gateway.ready();
    await phase(url, PLACES, 2_000);
    const peak = await phase(url, PLACES, PHASE_MS);
    const over = await phase(url, PLACES * 5 + MAX_WAITING, PHASE_MS);
    const slowest = percentile(over.refusedMs, 0.99);
    log(
      `at its peak ${peak.perSecond.toFixed(0)} calls a second; with five times the load ${over.perSecond.toFixed(0)}`,
    );
    log(
      `refused ${over.refusedMs.length}, p99 ${slowest.toFixed(1)} ms; ${over.withoutRetryAfter} without Retry-After, ${over.others} otherwise`,
    );
    const isRefused = over.refusedMs.length > 0 && slowest < REFUSED_WITHIN_MS && over.withoutRetryAfter === 0;
    return over.perSecond >= GOODPUT * peak.perSecond && isRefused && over.others === 0;
  } finally {
    await processes.close();
  }
}

/** Calls of one caller that may wait for a place: what comes beyond those is refused at once. */
const MAX_WAITING = 64;

async function phase(url: string, clients: number, ms: number): Promise<Phase> {
  const agent = new Agent({ keepAlive: true });
  const seen: Phase = { perSecond: 0, refusedMs: [], withoutRetryAfter: 0, others: 0 };
  const startedAt = performance.now();
  let good = 0;
  const client = async () => {
    while (performance.now() - startedAt < ms) {
      const { status, retryAfter, tookMs } = await work(url, agent);
      if (status === 200) good += 1;
      else if (status === 429) {
        seen.refusedMs.push(tookMs);
        if (retryAfter === undefined) seen.withoutRetryAfter += 1;
        // a client that is told to wait does, if only a little
        await new Promise((resolve) => setTimeout(resolve, 100));
      } else seen.others += 1;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  agent.destroy();
  seen.perSecond = (good * 1_000) / (performance.now() - startedAt);
  return seen;
}

interface Worked {
  status: number | undefined;
  retryAfter: string | undefined;
  tookMs: number;
}

function work(url: string, agent: Agent): Promise<Worked> {
  const body = JSON.stringify({ database: 'demo', query: 'SELECT pg_sleep(0.02)' });
  const headers = { 'content-type': 'application/json', 'content-length': body.length };
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const end = (status: number | undefined, retryAfter?: string) =>
      resolve({ status, retryAfter, tookMs: performance.now() - startedAt });
    const asked = request(`${url}/api/services/postgres/query`, { method: 'POST', agent, headers });
    asked.once('response', (response) => {
      response.once('end', () => end(response.statusCode, response.headers['retry-after']));
      response.resume();
    });
    asked.once('error', () => end(undefined));
    asked.end(body);
  });
}
