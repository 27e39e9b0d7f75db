// 3 replicas behind a round-robin balancer, one killed and started anew in the middle of the official MCP conformance suite: it passes
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { modernFixture, sessionFixture } from '../conformance/fixture/http.js';
import { lostOf } from '../conformance/passed.js';
import { revisions, runSuite, type Outcome, type Revision } from '../conformance/suite.js';
import { mcpTools, type Tools } from '../mcp-tools/tools.js';
import type { FaultRun } from './load/account.js';
import { Cluster } from './load/cluster.js';

const ADDRESSES = ['/mcp', '/mcp/servers/modern', '/mcp/servers/sessions', '/mcp/servers/stdio'];
/** The kills come later and later into a run of the suite, which takes two seconds or more. */
const FIRST_KILL_MS = 400;
const LATER_MS = 200;
const AWAY_MS = 1_000;
/** A stdio server is a process of each replica: what it changes in its own lists, the others' processes do not know. */
const OWN_LISTS = /list-changed-on-subscription|tools-list-deterministic-order/;

const stdioFixture = fileURLToPath(new URL('../conformance/fixture/stdio.js', import.meta.url));

export default async function fault({ log, options }: FaultRun): Promise<boolean> {
  const tools = await mcpTools();
  if (!tools) return false;
  const [modern, sessions] = await Promise.all([modernFixture(), sessionFixture()]);
  const servers = {
    modern: { url: modern.url },
    sessions: { url: sessions.url },
    stdio: { command: process.execPath, args: [stdioFixture], cwd: process.cwd() },
  };
  const cluster = await Cluster.start({ MCP_SERVERS: JSON.stringify(servers) });
  const addresses = typeof options.address === 'string' ? [options.address] : ADDRESSES;
  let turn = 0;
  let isGood = true;
  try {
    for (const address of addresses) {
      for (const revision of revisions) {
        const { outcome, wasAlive } = await runWithKill(tools, cluster, address, revision, turn++);
        const lost = missing(outcome, address, revision);
        // the suite runs one scenario after the other: a kill reaches one of them
        const scenarios = new Set(lost.map((check) => check.split(':')[0]));
        const isLost = lost.length > 0;
        const again = isLost ? missing(await runSuite(tools, cluster.url + address, revision), address, revision) : [];
        isGood &&= wasAlive && scenarios.size <= 1 && again.length === 0;
        log(
          `${address} ${revision}: ${outcome.passed.length} passed, ${lost.length} lost, ${again.length} when run again`,
        );
        for (const check of [...lost, ...again]) log(`    ${check}`);
        if (!wasAlive) log('    it was over before the kill');
      }
    }
  } finally {
    await cluster.stop();
    await Promise.all([modern.close(), sessions.close()]);
  }
  return isGood;
}

/** Each run loses another replica. */
async function runWithKill(tools: Tools, cluster: Cluster, address: string, revision: Revision, turn: number) {
  let isOver = false;
  const running = runSuite(tools, cluster.url + address, revision).finally(() => (isOver = true));
  await sleep(FIRST_KILL_MS + turn * LATER_MS);
  const wasAlive = !isOver;
  await cluster.kill(turn % cluster.replicas.length);
  await sleep(AWAY_MS);
  await cluster.replace(turn % cluster.replicas.length);
  return { outcome: await running, wasAlive };
}

function missing(outcome: Outcome, address: string, revision: Revision): string[] {
  const lost = lostOf(outcome, address, revision);
  return address === '/mcp/servers/stdio' ? lost.filter((check) => !OWN_LISTS.test(check)) : lost;
}
