// The disk of the audit full: new calls are refused clearly, the alarm came before, nothing crashes, it heals
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayProcesses } from '../gateway-process.js';
import { account, ADMIN_KEY, isComplete, type FaultRun } from './load/account.js';
import { Clients } from './load/clients.js';

const DISK = '16m';
const CLIENTS = 16;
const FULL_MS = 5_000;
const HEAL_MS = 5_000;

export default async function fault({ log }: FaultRun): Promise<boolean> {
  const processes = new GatewayProcesses();
  const at = processes.directory();
  const disk = join(at, 'data', 'audit');
  mkdirSync(disk, { recursive: true });
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK}`, 'tmpfs', disk], { encoding: 'utf8' });
  if (mounted.status !== 0) {
    log(`This needs root and the right to mount a tmpfs: ${mounted.stderr.trim()}`);
    await processes.close();
    return false;
  }
  try {
    const env = { DATA_DIR: join(at, 'data'), MCP_ADMIN_KEY: ADMIN_KEY };
    const gateway = processes.start({ at, env });
    const url = await gateway.ready();
    await gateway.line(/MiB left/);
    log('the alarm came before');

    let isOver = false;
    const clients = new Clients(url, 'full');
    const load = clients.run(CLIENTS, () => isOver, 5);
    await sleep(1_000);
    const filler = join(disk, 'filler');
    fill(filler);
    const refilling = setInterval(() => fill(filler), 20);
    await sleep(FULL_MS);
    const refused = await gateway.post('/api/services/gateway/echo', { message: 'x' });
    const health = await gateway.get('/health');
    clearInterval(refilling);
    rmSync(filler);
    const freedAt = performance.now();
    let answer = refused;
    while (answer.status !== 200 && performance.now() < freedAt + HEAL_MS) {
      await sleep(50);
      answer = await gateway.post('/api/services/gateway/echo', { message: 'x' });
    }
    const healedMs = performance.now() - freedAt;
    isOver = true;
    await load;

    const answered = clients.answered.map(({ id }) => id);
    const others = clients.calls.flatMap(({ status }) => (status === 200 ? [] : [status]));
    const result = await account(gateway, url, answered);
    log(`while it was full: ${refused.status} ${JSON.stringify(refused.body)}; /health ${health.status}`);
    log(`${answered.length} answered, ${others.length} refused; healed after ${healedMs.toFixed(0)} ms`);
    log(`audit: ${JSON.stringify(result)}`);
    const isClear = (refused.body as { error?: { kind?: string } }).error?.kind === 'unavailable';
    const isRefusal = others.every((status) => status === 502);
    return isClear && isRefusal && health.status === 200 && answer.status === 200 && isComplete(result);
  } finally {
    spawnSync('umount', ['-l', disk]);
    await processes.close();
  }
}

/** Takes every byte that is left. */
function fill(path: string): void {
  for (let bytes = 2 ** 20; bytes >= 1; bytes = Math.floor(bytes / 2)) {
    for (let isRoom = true; isRoom;) {
      try {
        appendFileSync(path, Buffer.alloc(bytes, 1));
      } catch {
        isRoom = false;
      }
    }
  }
}
