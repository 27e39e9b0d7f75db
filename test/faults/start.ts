// A start on a warm data directory, with a server behind it that is dead and one that hangs: ready within 3 s, --rounds=5
import { createServer } from 'node:net';
import { once } from 'node:events';
import { GatewayProcesses } from '../gateway-process.js';
import { ADMIN_KEY, type FaultRun } from './load/account.js';

const READY_WITHIN_MS = 3_000;

export default async function fault({ log, options }: FaultRun): Promise<boolean> {
  const rounds = Number(options.rounds ?? 5);
  const processes = new GatewayProcesses();
  const at = processes.directory();
  // takes connections and never answers
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as { port: number };
  const servers = {
    hanging: { type: 'http', url: `http://127.0.0.1:${port}/mcp` },
    dead: { type: 'http', url: 'http://127.0.0.1:9/mcp' },
    missing: { command: '/nowhere/at/all' },
  };
  const env = { DATA_DIR: `${at}/data`, MCP_ADMIN_KEY: ADMIN_KEY };
  try {
    const times: number[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      // the first start makes the data directory, without them
      const all = round === 0 ? env : { ...env, MCP_SERVERS: JSON.stringify(servers) };
      const startedAt = performance.now();
      const gateway = processes.start({ at, env: all });
      await gateway.ready();
      const ready = await gateway.get('/ready');
      if (round > 0 && ready.status === 200) times.push(performance.now() - startedAt);
      gateway.kill('SIGTERM');
      await gateway.ended;
    }
    const slowest = Math.max(...times);
    log(`${times.length} of ${rounds} warm starts, the slowest ready after ${slowest.toFixed(0)} ms`);
    return times.length === rounds && slowest < READY_WITHIN_MS;
  } finally {
    silent.close();
    await processes.close();
  }
}
