// Hostile patterns, deep JSON, a 50 MB file and results of 2 MB: the event loop's delay stays < 50 ms at p99
import { mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayProcesses, type GatewayProcess } from '../gateway-process.js';
import { ADMIN_KEY, type FaultRun } from './load/account.js';
import { percentile } from './load/good-client.js';

const P99_MS = 50;
const MEGABYTE = 1_000_000;
const FOR_MS = 4_000;

/** Each is called again and again; the delay is that of a call that does next to nothing beside them. */
const abuses: Record<string, (gateway: GatewayProcess) => Promise<unknown>> = {
  'hostile patterns': (gateway) =>
    gateway.post('/api/services/workspace/search_files', { pattern: '(a+)+$(a|aa)*b', path: '.' }),
  'deep JSON': (gateway) => gateway.post('/mcp/rpc', deep(3_000)),
  'a file of 50 MB': (gateway) => gateway.post('/api/services/workspace/read_file', { path: 'large.txt', offset: -10 }),
  'results of 2 MB': (gateway) => gateway.query("SELECT i, repeat('x', 2000) AS t FROM generate_series(1, 1000) AS i"),
};

export default async function fault({ log }: FaultRun): Promise<boolean> {
  const processes = new GatewayProcesses();
  const at = processes.directory();
  mkdirSync(`${at}/workspace`);
  writeFileSync(`${at}/workspace/large.txt`, `${'a'.repeat(48)}!\n`.repeat(MEGABYTE));
  const gateway = processes.start({ at, env: { DATA_DIR: `${at}/data`, MCP_ADMIN_KEY: ADMIN_KEY } });
  let holds = true;
  try {
    await gateway.ready();
    for (const [name, abuse] of Object.entries(abuses)) {
      await abuse(gateway);
      const delays: number[] = [];
      let isOver = false;
      const looking = (async () => {
        while (!isOver) {
          const startedAt = performance.now();
          await gateway.get('/health');
          delays.push(performance.now() - startedAt);
          await sleep(5);
        }
      })();
      for (const startedAt = performance.now(); performance.now() - startedAt < FOR_MS;) await abuse(gateway);
      isOver = true;
      await looking;
      const p99 = percentile(delays, 0.99);
      log(
        `${name}: ${delays.length} looks beside it, p99 ${p99.toFixed(1)} ms, the longest ${Math.max(...delays).toFixed(1)} ms`,
      );
      if (p99 >= P99_MS) holds = false;
    }
    return holds;
  } finally {
    await processes.close();
  }
}

function deep(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}
