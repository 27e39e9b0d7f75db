// A limit of 100 calls a minute at 3 replicas: 95 to 105 accepted in any minute, no double at its edge
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultRun } from './load/account.js';
import { Cluster, echo } from './load/cluster.js';

const LIMIT = 100;
const MINUTE_MS = 60_000;
const RUN_MS = 2.3 * MINUTE_MS;
const PAUSE_MS = 40;

export default async function fault({ log }: FaultRun): Promise<boolean> {
  const cluster = await Cluster.start({ MCP_MAX_REQUESTS_PER_MINUTE: String(LIMIT) });
  const accepted: number[] = [];
  let calls = 0;
  try {
    const { key } = await cluster.key();
    const startedAt = performance.now();
    const caller = async (url: string) => {
      for (;;) {
        const at = performance.now() - startedAt;
        if (at > RUN_MS) return;
        calls += 1;
        const { status } = await echo(url, key);
        if (status === 200) accepted.push(at);
        await sleep(PAUSE_MS);
      }
    };
    await Promise.all(cluster.replicas.map(({ url }) => caller(url)));
  } finally {
    await cluster.stop();
  }
  accepted.sort((a, b) => a - b);
  const within = (from: number) => accepted.filter((at) => at >= from && at < from + MINUTE_MS).length;
  const first = within(0);
  const most = Math.max(...accepted.map(within));
  const least = Math.min(...[0, 0.4, 0.8, 1.2].map((minutes) => within(minutes * MINUTE_MS)));
  log(`${calls} calls in ${RUN_MS / 1_000} s, ${accepted.length} accepted, ${first} of them in the first minute`);
  log(`in any minute at most ${most}, and at least ${least}`);
  return first >= 95 && most <= 105 && least >= 95;
}
