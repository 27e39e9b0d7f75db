// MCP servers started and ended again and again, --rounds=300: no process is left behind, no descriptor leaks
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { sessionServer } from '../fixtures/upstreams/session-servers.js';
import { GatewayProcesses, type GatewayProcess } from '../gateway-process.js';
import { ADMIN_KEY, type FaultRun } from './load/account.js';
import { killServer, serversWith, unsteady } from './load/upstream-servers.js';

const headers = { 'x-mcp-key': ADMIN_KEY };
/** Side by side; one of them is killed instead of being ended. */
const STDIO = ['one', 'two', 'killed'];
const SETTLES_WITHIN_MS = 15_000;

export default async function fault({ log, options }: FaultRun): Promise<boolean> {
  const rounds = Number(options.rounds ?? 300);
  const processes = new GatewayProcesses();
  const at = processes.directory();
  const http = await sessionServer('v1');
  const stdio = Object.fromEntries(STDIO.map((name) => [name, unsteady(`${name} ${process.pid}`)]));
  const env = {
    DATA_DIR: `${at}/data`,
    MCP_ADMIN_KEY: ADMIN_KEY,
    MCP_MAX_ADMIN_CHANGES_PER_MINUTE: '0',
    MCP_SERVERS: JSON.stringify({ ...stdio, http: { url: http.url } }),
  };
  const mine = () => serversWith(`${process.pid}"`);
  try {
    const gateway = processes.start({ at, env });
    await gateway.ready();
    const names = [...STDIO, 'http'];
    // what is opened once, such as pools, is open before anything is counted
    await Promise.all(names.map((name) => reconnect(gateway, name, 3)));
    const before = await settled(gateway, mine);
    await Promise.all(names.map((name) => reconnect(gateway, name, Math.ceil(rounds / names.length))));
    const after = await settled(gateway, mine);
    log(`${rounds} restarts over ${names.length} servers, each of two connections`);
    log(`descriptors of the gateway: ${before.descriptors} before, ${after.descriptors} after`);
    log(`processes of servers: ${before.servers} before, ${after.servers} after`);
    gateway.kill('SIGTERM');
    await gateway.ended;
    const orphans = mine().length;
    log(`processes left when the gateway has ended: ${orphans}`);
    return after.descriptors <= before.descriptors + 2 && after.servers <= before.servers && orphans === 0;
  } finally {
    await processes.close();
    await http.close();
  }
}

/** Ends a server and has it started again, and waits until it serves. */
async function reconnect(gateway: GatewayProcess, name: string, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    if (name === 'killed') killServer(gateway.pid, `${name} ${process.pid}`);
    await gateway.post(`/admin/upstreams/${name}/restart`, {}, headers);
    while ((await gateway.post(`/api/services/${name}/echo`, { message: 'x' })).status !== 200) await sleep(20);
  }
}

/** What is open once nothing is on its way any more. */
async function settled(gateway: GatewayProcess, servers: () => number[]) {
  const look = () => ({ descriptors: readdirSync(`/proc/${gateway.pid}/fd`).length, servers: servers().length });
  let last = look();
  for (let since = performance.now(); performance.now() - since < SETTLES_WITHIN_MS;) {
    await sleep(1_000);
    const now = look();
    if (now.descriptors === last.descriptors && now.servers === last.servers) return now;
    last = now;
  }
  return last;
}
