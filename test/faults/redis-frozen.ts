// Redis frozen for 20 s (--seconds=): nothing stops, limits hold at each replica, all healed within 2 s
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from './gateway.js';
import type { FaultRun } from './load/account.js';
import { Cluster, echo } from './load/cluster.js';
import { SessionClient } from './load/session-client.js';

const LIMIT = 100;
const CALLERS = 9;
const SESSIONS = 3;
const PAUSE_MS = 30;
const HEALED_MS = 2_000;

export default async function fault({ log, options }: FaultRun): Promise<boolean> {
  const frozenMs = Number(options.seconds ?? 20) * 1_000;
  const cluster = await Cluster.start();
  try {
    const { key } = await cluster.key();
    const limited = await cluster.key({ perMinute: LIMIT });
    const sessions = Array.from({ length: SESSIONS }, () => new SessionClient(cluster.url, key));
    for (const session of sessions) await session.open();
    let isOver = false;
    const times: number[] = [];
    let failed = 0;
    const caller = async (url: string) => {
      while (!isOver) {
        const { status, ms } = await echo(url, key);
        times.push(ms);
        if (status !== 200) failed += 1;
        await sleep(PAUSE_MS);
      }
    };
    const load = [
      ...Array.from({ length: CALLERS }, (_, i) => caller(cluster.replicas[i % 3]?.url ?? cluster.url)),
      ...sessions.map((session) => session.run(() => isOver, PAUSE_MS)),
    ];
    await sleep(2_000);
    times.length = 0;
    cluster.redis.freeze();
    await sleep(frozenMs / 2);
    const perReplica = await Promise.all(cluster.replicas.map(({ url }) => acceptedOf(url, limited.key)));
    await sleep(frozenMs / 2);
    cluster.redis.thaw();
    const healedMs = await until(async () => (await cluster.redisStates()).every((state) => state === 'ready'), 30_000);
    // what each counted alone is known to all by the next calls
    for (const { url } of cluster.replicas) await echo(url, limited.key);
    const after = await acceptedOf(cluster.url, limited.key);
    isOver = true;
    await Promise.all(load);

    times.sort((a, b) => a - b);
    const p99 = times[Math.floor(times.length * 0.99)] ?? 0;
    const [calls, broken] = sessions.reduce(([all, bad], each) => [all + each.calls, bad + each.failed], [0, 0]);
    log(
      `${times.length} calls, ${failed} failed, p99 ${p99.toFixed(0)} ms, slowest ${(times.at(-1) ?? 0).toFixed(0)} ms`,
    );
    log(`${calls} calls in sessions, ${broken} failed`);
    log(`a limit of ${LIMIT} while it was frozen: ${perReplica.join(', ')} accepted; ${after} more afterwards`);
    log(`healed after ${healedMs.toFixed(0)} ms`);
    const isHeld = perReplica.every((accepted) => accepted <= LIMIT) && after === 0;
    return failed + broken === 0 && isHeld && healedMs < HEALED_MS;
  } finally {
    await cluster.stop();
  }
}

async function acceptedOf(url: string, key: string): Promise<number> {
  const answers = await Promise.all(Array.from({ length: LIMIT + 20 }, () => echo(url, key)));
  return answers.filter(({ status }) => status === 200).length;
}
