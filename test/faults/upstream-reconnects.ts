// MCP servers started and ended again and again, --rounds=300: no process is left behind, no descriptor leaks
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { sessionServer } from '../fixtures/upstreams/session-servers.js';
import { GatewayProcesses, type GatewayProcess } from '../gateway-process.js';
import { ADMIN_KEY, type FaultRun } from './load/account.js';
import { killServer, quick, serversWith, unsteady } from './load/upstream-servers.js';

const headers = { 'x-mcp-key': ADMIN_KEY };
const SETTLES_WITHIN_MS = 15_000;
/** Connections that are kept for the next request, of this script's and of the gateway's to its upstream. */
const KEPT_ALIVE = 16;

/** What is done to each server before it is started again; they run side by side. */
const ends: Record<string, (gateway: GatewayProcess, name: string) => unknown> = {
  stopped: () => undefined,
  slow: () => undefined,
  address: () => undefined,
  killed: (gateway, name) => killServer(gateway.pid, mark(name)),
  exits: (gateway, name) => gateway.post(`/api/services/${name}/exit`, {}),
  // it answers nothing any more: what waits is told when it is started again
  mute: (gateway, name) => {
    void gateway.post(`/api/services/${name}/mute`, {});
  },
  garbage: (gateway, name) => gateway.post(`/api/services/${name}/garbage`, {}),
};
const names = Object.keys(ends);

/** Of this run, on the command lines of its servers. */
const mark = (name: string) => `${name} ${process.pid}`;

export default async function fault({ log, options }: FaultRun): Promise<boolean> {
  const rounds = Number(options.rounds ?? 300);
  const processes = new GatewayProcesses();
  const at = processes.directory();
  const http = await sessionServer('v1');
  const quickOnes = names.filter((name) => name !== 'slow' && name !== 'address');
  const servers = {
    ...Object.fromEntries(quickOnes.map((name) => [name, quick(mark(name))])),
    slow: unsteady(mark('slow')),
    address: { url: http.url },
  };
  const env = {
    DATA_DIR: `${at}/data`,
    MCP_ADMIN_KEY: ADMIN_KEY,
    MCP_MAX_ADMIN_CHANGES_PER_MINUTE: '0',
    MCP_SERVERS: JSON.stringify(servers),
  };
  const mine = () => serversWith(`${process.pid}"`);
  try {
    const gateway = processes.start({ at, env });
    await gateway.ready();
    // what is opened once, such as pools, is open before anything is counted
    await Promise.all(names.map((name) => reconnects(gateway, name, { left: 3 })));
    const before = await settled(gateway, mine);
    const startedAt = performance.now();
    const shared = { left: rounds };
    const counts = await Promise.all(names.map((name) => reconnects(gateway, name, shared)));
    const seconds = (performance.now() - startedAt) / 1_000;
    const after = await settled(gateway, mine);
    log(`${rounds} restarts in ${seconds.toFixed(0)} s: ${names.map((name, n) => `${counts[n]} ${name}`).join(', ')}`);
    log(`descriptors of the gateway: ${before.descriptors} before, ${after.descriptors} after`);
    log(`memory of the gateway: ${before.megabytes} MB before, ${after.megabytes} MB after`);
    log(`processes of servers: ${before.servers} before, ${after.servers} after`);
    gateway.kill('SIGTERM');
    await gateway.ended;
    const orphans = mine().length;
    log(`processes left when the gateway has ended: ${orphans}`);
    return after.descriptors <= before.descriptors + KEPT_ALIVE && after.servers <= before.servers && orphans === 0;
  } finally {
    await processes.close();
    await http.close();
  }
}

/** Ends servers and has them started again, as long as there are restarts left. Answers how many it took. */
async function reconnects(gateway: GatewayProcess, name: string, rounds: { left: number }): Promise<number> {
  let count = 0;
  while (rounds.left > 0) {
    rounds.left -= 1;
    count += 1;
    await ends[name]?.(gateway, name);
    await gateway.post(`/admin/upstreams/${name}/restart`, {}, headers);
    while ((await gateway.post(`/api/services/${name}/echo`, { message: 'x' })).status !== 200) await sleep(5);
  }
  return count;
}

/** What is open once nothing is on its way any more. */
async function settled(gateway: GatewayProcess, servers: () => number[]) {
  const look = () => ({
    descriptors: readdirSync(`/proc/${gateway.pid}/fd`).length,
    servers: servers().length,
    megabytes: Math.round(memoryOf(gateway.pid) / 1_024),
  });
  let last = look();
  for (let since = performance.now(); performance.now() - since < SETTLES_WITHIN_MS;) {
    await sleep(1_000);
    const now = look();
    if (now.descriptors === last.descriptors && now.servers === last.servers) return now;
    last = now;
  }
  return last;
}

/** In KiB. */
function memoryOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}
