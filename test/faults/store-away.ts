// The store away, --minutes=1: 99.9 % of the calls that do not need it succeed, /ready says why, the audit is complete
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase } from '../database.js';
import { GatewayProcesses } from '../gateway-process.js';
import { Relay } from '../relay.js';
import startPostgres from '../setup/postgres-server.js';
import { account, ADMIN_KEY, isComplete, type FaultRun } from './load/account.js';
import { Clients } from './load/clients.js';

const CLIENTS = 10;
const PAUSE_MS = 100;
const BEFORE_AND_AFTER_MS = 3_000;
const HEAL_MS = 15_000;

export default async function fault({ log, options }: FaultRun): Promise<boolean> {
  const awayMs = Number(options.minutes ?? 1) * 60_000;
  const stopPostgres = await startPostgres();
  const database = await createDatabase();
  const relay = await Relay.to(database.url);
  const processes = new GatewayProcesses();
  try {
    const at = processes.directory();
    const env = { DATA_DIR: join(at, 'data'), DATABASE_URL: relay.url, MCP_ADMIN_KEY: ADMIN_KEY };
    const gateway = processes.start({ at, env });
    const url = await gateway.ready();
    const clients = new Clients(url, 'away');
    let isOver = false;
    const load = clients.run(CLIENTS, () => isOver, PAUSE_MS);
    await sleep(BEFORE_AND_AFTER_MS);

    await relay.cut();
    await sleep(awayMs / 2);
    const ready = await gateway.get('/ready', { 'x-mcp-key': ADMIN_KEY });
    await sleep(awayMs / 2);
    await relay.mend();
    await sleep(BEFORE_AND_AFTER_MS);
    isOver = true;
    await load;

    const giveUpAt = performance.now() + HEAL_MS;
    while (!(await isReadable(url)) && performance.now() < giveUpAt) await sleep(100);
    const answered = clients.answered.map(({ id }) => id);
    const result = await account(gateway, url, answered);
    const share = answered.length / clients.calls.length;
    const store = (ready.body as { details: { store: { state: string; reason?: string } } }).details.store;
    log(`${clients.calls.length} calls, ${(share * 100).toFixed(3)} % succeeded`);
    log(`/ready ${ready.status} while it was away: ${JSON.stringify(store)}`);
    log(`audit: ${JSON.stringify(result)}`);
    return share >= 0.999 && ready.status === 200 && store.reason !== undefined && isComplete(result);
  } finally {
    await processes.close();
    await relay.cut();
    await database.drop();
    await stopPostgres?.();
  }
}

async function isReadable(url: string): Promise<boolean> {
  return (await fetch(`${url}/admin/audit?limit=1`, { headers: { 'x-mcp-key': ADMIN_KEY } })).ok;
}
