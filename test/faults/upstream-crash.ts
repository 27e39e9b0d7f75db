// An MCP server killed with 50 calls in flight: all are answered within 2 s, others are untouched, it serves again in 5 s
import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayProcesses, type GatewayProcess } from '../gateway-process.js';
import { killServer, unsteady } from './load/upstream-servers.js';
import type { FaultRun } from './load/account.js';

const CALLS = 50;
const ANSWERED_WITHIN_MS = 2_000;
const BACK_WITHIN_MS = 5_000;

export default async function fault({ log }: FaultRun): Promise<boolean> {
  const processes = new GatewayProcesses();
  const at = processes.directory();
  const servers = { fragile: unsteady('fragile'), steady: unsteady('steady') };
  const env = { DATA_DIR: `${at}/data`, MCP_SERVERS: JSON.stringify(servers), MCP_MAX_CONCURRENT_CALLS: '0' };
  try {
    const gateway = processes.start({ at, env });
    await gateway.ready();
    await Promise.all(['fragile', 'steady'].map((name) => echoes(gateway, name, 30_000)));

    const beside = steadyCalls(gateway);
    const calls = Array.from({ length: CALLS }, () => gateway.post('/api/services/fragile/hang', {}));
    await sleep(500);
    const killedAt = performance.now();
    killServer(gateway.pid, 'fragile');
    const answers = await Promise.all(calls);
    const answeredMs = performance.now() - killedAt;
    const backMs = answeredMs + (await echoes(gateway, 'fragile', BACK_WITHIN_MS));
    const { count, failed } = await beside.stop();

    const statuses = [...new Set(answers.map(({ status }) => status))];
    const { error } = answers[0]?.body as { error: { kind: string; message: string } };
    log(`${CALLS} calls in flight: answered with ${statuses.join(', ')} after ${answeredMs.toFixed(0)} ms`);
    log(`${error.kind}: ${error.message}`);
    log(`serving again after ${backMs.toFixed(0)} ms; of ${count} calls of another server ${failed} failed`);
    const isAnswered = statuses.length === 1 && statuses[0] === 502 && answeredMs < ANSWERED_WITHIN_MS;
    return isAnswered && backMs < BACK_WITHIN_MS && count > 0 && failed === 0;
  } finally {
    await processes.close();
  }
}

async function echo(gateway: GatewayProcess, server: string): Promise<boolean> {
  const { status } = await gateway.post(`/api/services/${server}/echo`, { message: 'x' });
  return status === 200;
}

/** How long it took until a server answered; Infinity where it did not in time. */
async function echoes(gateway: GatewayProcess, server: string, withinMs: number): Promise<number> {
  const startedAt = performance.now();
  while (performance.now() - startedAt < withinMs) {
    if (await echo(gateway, server)) return performance.now() - startedAt;
    await sleep(20);
  }
  return Infinity;
}

/** Calls another server one time after the other, until it is stopped. */
function steadyCalls(gateway: GatewayProcess) {
  let isOver = false;
  const seen = { count: 0, failed: 0 };
  const running = (async () => {
    while (!isOver) {
      seen.count += 1;
      if (!(await echo(gateway, 'steady'))) seen.failed += 1;
    }
  })();
  return {
    stop: async () => {
      isOver = true;
      await running;
      return seen;
    },
  };
}
