// --minutes=15 of mixed calls with 2 % abuse: memory grows < 0.5 MB a minute after the first third, descriptors don't
import { readdirSync, readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { GatewayProcesses, type GatewayProcess } from '../gateway-process.js';
import { ADMIN_KEY, type FaultRun } from './load/account.js';
import { damaged, sendRaw } from './load/damaged-requests.js';
import { echo, percentile } from './load/good-client.js';
import { unsteady } from './load/upstream-servers.js';

const CLIENTS = 8;
const PAUSE_MS = 20;
const ABUSE = 0.02;
const LOOK_EVERY_MS = 2_000;
const MAX_SLOPE_MB = 0.5;
/** Sockets come and go while it runs. */
const DESCRIPTORS = 32;

interface Look {
  minutes: number;
  megabytes: number;
  descriptors: number;
}

export default async function fault({ log, options }: FaultRun): Promise<boolean> {
  const minutes = Number(options.minutes ?? 15);
  const processes = new GatewayProcesses();
  const at = processes.directory();
  const env = {
    DATA_DIR: `${at}/data`,
    MCP_ADMIN_KEY: ADMIN_KEY,
    MCP_SERVERS: JSON.stringify({ steady: unsteady(`soak ${process.pid}`) }),
  };
  const gateway = processes.start({ at, env });
  try {
    const url = await gateway.ready();
    const startedAt = performance.now();
    const passed = () => (performance.now() - startedAt) / 60_000;
    const agent = new Agent({ keepAlive: true });
    const inputs = fc.sample(damaged, { numRuns: 1_000, seed: 1 });
    const seen = { calls: 0, failed: 0, abuses: 0, times: [] as number[] };
    const client = async () => {
      for (let turn = 0; passed() < minutes; turn += 1) {
        await sleep(PAUSE_MS);
        const input = inputs[seen.abuses % inputs.length];
        if (input && Math.random() < ABUSE) {
          seen.abuses += 1;
          await sendRaw(url, input);
          continue;
        }
        const sentAt = performance.now();
        const isGood = await goodCall(gateway, url, agent, turn);
        seen.times.push(performance.now() - sentAt);
        seen.calls += 1;
        if (!isGood) seen.failed += 1;
      }
    };
    const looks: Look[] = [];
    const looking = (async () => {
      while (passed() < minutes) {
        looks.push({ minutes: passed(), megabytes: memoryOf(gateway.pid), descriptors: descriptorsOf(gateway.pid) });
        await sleep(LOOK_EVERY_MS);
      }
    })();
    await Promise.all([...Array.from({ length: CLIENTS }, client), looking]);
    agent.destroy();

    const warm = looks.filter((look) => look.minutes > minutes / 3);
    const slope = slopeOf(warm);
    const [first, last] = [warm[0], warm.at(-1)];
    const p99 = percentile(seen.times, 0.99).toFixed(1);
    log(`${seen.calls} calls in ${minutes} min, ${seen.failed} failed, p99 ${p99} ms; ${seen.abuses} abuses`);
    log(`memory ${first?.megabytes.toFixed(0)} to ${last?.megabytes.toFixed(0)} MB: ${slope.toFixed(2)} MB a minute`);
    log(`descriptors ${first?.descriptors} to ${last?.descriptors}`);
    const grew = (last?.descriptors ?? Infinity) - (first?.descriptors ?? 0);
    return seen.failed === 0 && slope < MAX_SLOPE_MB && grew < DESCRIPTORS;
  } finally {
    await processes.close();
  }
}

async function goodCall(gateway: GatewayProcess, url: string, agent: Agent, turn: number): Promise<boolean> {
  switch (turn % 5) {
    case 0:
      return (await gateway.query('SELECT * FROM pg_tables LIMIT 20')).status === 200;
    case 1:
      return (await gateway.post('/api/services/steady/echo', { message: 'soak' })).status === 200;
    case 2:
      return (await gateway.get('/mcp/catalog')).status === 200;
    case 3:
      return (await gateway.post('/mcp/execute', { command: '/mcp-postgres demo list tables' })).status === 200;
    default:
      return (await echo(url, agent)) === 200;
  }
}

/** Megabytes a minute, by least squares. */
function slopeOf(looks: readonly Look[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0) / values.length;
  const [x, y] = [mean(looks.map((look) => look.minutes)), mean(looks.map((look) => look.megabytes))];
  const over = looks.reduce((sum, look) => sum + (look.minutes - x) * (look.megabytes - y), 0);
  const under = looks.reduce((sum, look) => sum + (look.minutes - x) ** 2, 0);
  return over / under;
}

function memoryOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;
}

function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}
