// Two replicas under constant calls, each replaced by the next version, which migrates, and then by the old one: none fails
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ADMIN_KEY } from './gateway.js';
import type { FaultRun } from './load/account.js';
import { Cluster, echo } from './load/cluster.js';
import { SessionClient } from './load/session-client.js';

const CALLERS = 8;
const SESSIONS = 4;
const PAUSE_MS = 15;
const BETWEEN_MS = 1_500;
/** A call that was lost with its gateway is made once more, as any client of a balancer does. */
const TRIES = 2;
const NEXT_VERSION = ['--import', join(import.meta.dirname, 'load/next-version.js')];

export default async function fault({ log }: FaultRun): Promise<boolean> {
  const cluster = await Cluster.start({}, 2);
  try {
    const { key } = await cluster.key();
    const sessions = Array.from({ length: SESSIONS }, () => new SessionClient(cluster.url, key, TRIES));
    for (const session of sessions) await session.open();
    let isOver = false;
    let [calls, again, failed] = [0, 0, 0];
    const caller = async () => {
      while (!isOver) {
        calls += 1;
        if ((await echo(cluster.url, key)).status !== 200) {
          again += 1;
          if ((await echo(cluster.url, key)).status !== 200) failed += 1;
        }
        await sleep(PAUSE_MS);
      }
    };
    const load = [
      ...Array.from({ length: CALLERS }, caller),
      ...sessions.map((session) => session.run(() => isOver, PAUSE_MS)),
    ];
    const ends: (number | string)[] = [];
    await sleep(BETWEEN_MS);
    for (const node of [NEXT_VERSION, []]) {
      for (const index of cluster.replicas.keys()) {
        ends.push(await cluster.replace(index, node));
        await sleep(BETWEEN_MS);
      }
    }
    isOver = true;
    await Promise.all(load);

    const ofSessions = sessions.reduce((sum, session) => sum + session.calls, 0);
    const failedOfSessions = sessions.reduce((sum, session) => sum + session.failed, 0);
    log(
      `${calls} calls, ${again} made twice, ${failed} failed; ${ofSessions} in ${SESSIONS} sessions, ${failedOfSessions} failed`,
    );
    const states = await Promise.all(cluster.replicas.map(storeState));
    log(
      `4 replacements, exit codes ${ends.join(', ')}; the old version on the tables of the next: ${states.join(', ')}`,
    );
    const isFine = ends.every((end) => end === 0) && states.every((state) => state === 'ready');
    return failed + failedOfSessions === 0 && isFine && (await cluster.hasTable('moods')) && calls > 500;
  } finally {
    await cluster.stop();
  }
}

async function storeState(replica: Cluster['replicas'][number]): Promise<string> {
  const { body } = await replica.fetch('/ready', { headers: { 'x-mcp-key': ADMIN_KEY } });
  return (body as { details: { store: { state: string } } }).details.store.state;
}
