// MCP servers that crash, hang, flood, talk garbage, start slowly, change or forget: no other is touched, nothing leaks
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { sessionServer } from '../fixtures/upstreams/session-servers.js';
import { GatewayProcesses, type GatewayProcess } from '../gateway-process.js';
import { ADMIN_KEY, type FaultRun } from './load/account.js';
import { percentile } from './load/good-client.js';
import { serversWith, unsteady } from './load/upstream-servers.js';

const headers = { 'x-mcp-key': ADMIN_KEY };
/** More crashes in a row are only waited for longer: the pause before a start doubles. */
const TIMES = 5;
const BACK_WITHIN_MS = 20_000;
/** Connections that are kept for the next request. */
const KEPT_ALIVE = 16;

/** What each server is made to do, again and again, by a call to it. */
const kinds = ['crash', 'hang', 'flood', 'garbage', 'redefine', 'slow', 'forgets'] as const;
type Kind = (typeof kinds)[number];

export default async function fault({ log }: FaultRun): Promise<boolean> {
  const processes = new GatewayProcesses();
  const at = processes.directory();
  const http = await sessionServer('v1');
  const mark = (name: string) => `${name} ${process.pid}`;
  const slow = { ...unsteady(mark('slow')), args: [...unsteady(mark('slow')).args] };
  slow.args[1] = JSON.stringify({ name: mark('slow'), startMs: 2_000 });
  const servers = {
    ...Object.fromEntries(['steady', ...kinds].map((name) => [name, unsteady(mark(name))])),
    slow,
    forgets: { url: http.url },
  };
  const env = {
    DATA_DIR: `${at}/data`,
    MCP_ADMIN_KEY: ADMIN_KEY,
    MCP_MAX_ADMIN_CHANGES_PER_MINUTE: '0',
    MCP_TOOL_TIMEOUT: '1000',
    DEFAULT_TIMEOUT_MS: '1000',
    MCP_SERVERS: JSON.stringify(servers),
  };
  const mine = () => serversWith(`${process.pid}"`).length;
  try {
    const gateway = processes.start({ at, env });
    await gateway.ready();
    for (const name of ['steady', ...kinds]) await comesBack(gateway, name);
    const before = { descriptors: descriptorsOf(gateway), servers: mine() };
    let holds = true;
    for (const kind of kinds) {
      const beside = steadyCalls(gateway);
      let back = 0;
      for (let time = 0; time < TIMES; time += 1) {
        await misbehave(gateway, kind, () => http.forgetSessions());
        if (await comesBack(gateway, kind)) back += 1;
      }
      const { times, failed } = await beside.stop();
      const p99 = percentile(times, 0.99).toFixed(1);
      log(`${kind}: back ${back} of ${TIMES} times; beside it ${times.length} calls, ${failed} failed, p99 ${p99} ms`);
      if (back < TIMES || failed > 0) holds = false;
    }
    await sleep(3_000);
    const after = { descriptors: descriptorsOf(gateway), servers: mine() };
    gateway.kill('SIGTERM');
    await gateway.ended;
    log(
      `descriptors ${before.descriptors} before, ${after.descriptors} after; servers ${before.servers} and ${after.servers}`,
    );
    log(`processes left when the gateway has ended: ${mine()}`);
    const leaks = after.descriptors > before.descriptors + KEPT_ALIVE || after.servers > before.servers || mine() > 0;
    return holds && !leaks;
  } finally {
    await processes.close();
    await http.close();
  }
}

async function misbehave(gateway: GatewayProcess, kind: Kind, forget: () => void): Promise<void> {
  if (kind === 'forgets') forget();
  else if (kind === 'slow') await gateway.post('/admin/upstreams/slow/restart', {}, headers);
  else await gateway.post(`/api/services/${kind}/${kind}`, {});
}

/** Whether a server answers again; of one whose tool has changed, once an admin has looked at it. */
async function comesBack(gateway: GatewayProcess, name: string): Promise<boolean> {
  const startedAt = performance.now();
  while (performance.now() - startedAt < BACK_WITHIN_MS) {
    const { status } = await gateway.post(`/api/services/${name}/echo`, { message: 'x' });
    if (status === 200) return true;
    if (name === 'redefine') await gateway.post('/admin/upstreams/redefine/tools/echo/approve', {}, headers);
    await sleep(50);
  }
  return false;
}

function descriptorsOf({ pid }: GatewayProcess): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Calls a server that does nothing wrong, one call after the other, until it is stopped. */
function steadyCalls(gateway: GatewayProcess) {
  let isOver = false;
  const seen = { times: [] as number[], failed: 0 };
  const running = (async () => {
    while (!isOver) {
      const startedAt = performance.now();
      const { status } = await gateway.post('/api/services/steady/echo', { message: 'x' });
      if (status === 200) seen.times.push(performance.now() - startedAt);
      else seen.failed += 1;
      await sleep(10);
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
