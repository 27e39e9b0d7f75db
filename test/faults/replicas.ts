// 3 replicas behind a round-robin balancer, one killed: no call fails but those in flight there, MCP sessions go on
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { ADMIN_KEY } from './gateway.js';
import type { FaultRun } from './load/account.js';
import { Cluster, echo } from './load/cluster.js';
import { SessionClient } from './load/session-client.js';

const CALLERS = 12;
const SESSIONS = 6;
const PAUSE_MS = 15;
const BEFORE_MS = 3_000;
const AFTER_MS = 8_000;
const PORT = 8100;

export default async function fault({ log, options }: FaultRun): Promise<boolean> {
  if (options['by-hand'] === true) return byHand(log);
  const cluster = await Cluster.start();
  try {
    const { key } = await cluster.key();
    const sessions = Array.from({ length: SESSIONS }, () => new SessionClient(cluster.url, key));
    for (const session of sessions) await session.open();
    let isOver = false;
    let [calls, failed] = [0, 0];
    const caller = async () => {
      while (!isOver) {
        calls += 1;
        if ((await echo(cluster.url, key)).status !== 200) failed += 1;
        await sleep(PAUSE_MS);
      }
    };
    const load = [
      ...Array.from({ length: CALLERS }, caller),
      ...sessions.map((session) => session.run(() => isOver, PAUSE_MS)),
    ];
    await sleep(BEFORE_MS);
    cluster.replicas[0]?.child.kill('SIGKILL');
    await sleep(AFTER_MS);
    isOver = true;
    await Promise.all(load);

    const ofSessions = sessions.reduce((sum, session) => sum + session.calls, 0);
    const failedOfSessions = sessions.reduce((sum, session) => sum + session.failed, 0);
    const { lost } = cluster.balancer;
    log(`${calls} calls, ${failed} failed; ${ofSessions} calls in ${SESSIONS} sessions, ${failedOfSessions} failed`);
    log(`${lost} were in flight at the replica that was killed; no session was opened anew`);
    return failed + failedOfSessions <= lost && ofSessions > SESSIONS && calls > 100;
  } finally {
    await cluster.stop();
  }
}

/** Three gateways to look at, until somebody ends them. */
async function byHand(log: FaultRun['log']): Promise<boolean> {
  const cluster = await Cluster.start({}, 3, PORT);
  log(`Balancer: ${cluster.url}, admin key ${ADMIN_KEY}`);
  for (const { url } of cluster.replicas) log(`Replica:  ${url}`);
  log(`Redis:    ${cluster.redis.url}`);
  log('Ctrl-C ends them all');
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await cluster.stop();
  return true;
}
