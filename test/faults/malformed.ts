// --count=10000 inputs that are wrong in every way, --seed=: no crash, no 5xx, and a good client beside them keeps p99 < 100 ms
import fc from 'fast-check';
import { GatewayProcesses } from '../gateway-process.js';
import { ADMIN_KEY, type FaultRun } from './load/account.js';
import { goodClient } from './load/good-client.js';
import { damaged, sendRaw, statusIn } from './load/damaged-requests.js';

const AT_ONCE = 8;
const P99_MS = 100;

/**
 * 10,000 requests that are wrong somewhere: in their bytes, their headers, their JSON, their members, or only in what they
 * ask for. The statuses are counted; 502, 503 and 504 are answers of the REST door's table, other 5xx are failures.
 */
export default async function fault({ log, options }: FaultRun): Promise<boolean> {
  const count = Number(options.count ?? 10_000);
  const seed = Number(options.seed ?? Date.now() % 2 ** 31);
  const processes = new GatewayProcesses();
  const at = processes.directory();
  const gateway = processes.start({ at, env: { DATA_DIR: `${at}/data`, MCP_ADMIN_KEY: ADMIN_KEY } });
  try {
    const url = await gateway.ready();
    log(`seed ${seed}`);
    const client = goodClient(url);
    const statuses = new Map<string, number>();
    const bad: string[] = [];
    const inputs = fc.sample(damaged, { numRuns: count, seed }).values();
    const sender = async () => {
      for (const input of inputs) {
        const status = statusIn(await sendRaw(url, input));
        const name = status === undefined ? 'closed' : String(status);
        statuses.set(name, (statuses.get(name) ?? 0) + 1);
        if (status !== undefined && status >= 500 && ![502, 503, 504].includes(status))
          bad.push(input.toString('latin1'));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, sender));
    const { calls, failed, p99Ms } = await client.stop();
    const health = await gateway.get('/health');
    log(
      [...statuses]
        .sort()
        .map(([status, times]) => `${status}: ${times}`)
        .join(', '),
    );
    for (const input of bad.slice(0, 3)) log(`a 5xx for ${JSON.stringify(input.slice(0, 500))}`);
    log(`a good client beside them: ${calls} calls, ${failed} failed, p99 ${p99Ms.toFixed(1)} ms`);
    return bad.length === 0 && failed === 0 && p99Ms < P99_MS && health.status === 200;
  } finally {
    await processes.close();
  }
}
