// Replicas killed again and again (--rounds=10) under calls in the background: none is lost, and none that must not is run twice
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BackgroundReport } from '#libs/kit';
import { N8N_KEY, N8nServer } from '../contract/n8n/n8n-server.js';
import type { FaultRun } from './load/account.js';
import { Cluster } from './load/cluster.js';

const REPLICAS = 3;
/** Of each kind, in each round. */
const CALLS = 4;
const LEASE_MS = 3_000;
/** How long the back end takes for one. */
const WORK_MS = 1_500;
/** Reads of an execution until it has ended: some seconds. */
const READS = 6;

interface Started {
  readonly kind: 'repeatable' | 'once' | 'resumed';
  readonly ticket: string;
  readonly path: string;
}

export default async function fault({ log, options }: FaultRun): Promise<boolean> {
  const rounds = Number(options.rounds ?? 10);
  const backEnd = await startBackEnd();
  const n8n = new N8nServer();
  n8n.runs = { reads: READS, fails: false };
  const cluster = await Cluster.start(
    {
      MCP_BACKGROUND_LEASE_MS: String(LEASE_MS),
      MCP_BACKGROUND_PLACES: '20',
      N8N_API_URL: await n8n.contract.start(),
      N8N_API_KEY: N8N_KEY,
      WEB_ALLOWED_HOSTS: new URL(backEnd.url).host,
    },
    REPLICAS,
  );
  try {
    const { key } = await cluster.key();
    const ask = asker(cluster, key);
    const started: Started[] = [];
    for (let round = 0; round < rounds; round += 1) {
      for (let i = 0; i < CALLS; i += 1) {
        const name = `${round}-${i}`;
        const workflow = n8n.add(`Workflow ${name}`, { id: `wf-${name}` });
        const url = `${backEnd.url}/once-${name}`;
        const page = `${backEnd.url}/page-${name}`;
        started.push(
          {
            kind: 'resumed',
            path: `/webhook/path-${workflow}`,
            ticket: await ask.start('n8n_execute', { workflow, wait: true }),
          },
          { kind: 'once', path: `/once-${name}`, ticket: await ask.start('api_call', { url, method: 'POST' }) },
          { kind: 'repeatable', path: `/page-${name}`, ticket: await ask.start('fetch_url', { url: page }) },
        );
      }
      await sleep(Math.random() * WORK_MS);
      const victim = round % REPLICAS;
      await cluster.kill(victim);
      await cluster.replace(victim);
    }
    const ends = await Promise.all(started.map(async (call) => ({ ...call, end: await ask.end(call.ticket) })));
    const runs = [...backEnd.arrived, ...n8n.contract.calls.map(({ path }) => path)];
    const twice = ends.filter(
      ({ kind, path }) => kind !== 'repeatable' && runs.filter((run) => run === path).length > 1,
    );
    const lost = ends.filter(({ end }) => !['done', 'interrupted'].includes(end.state));
    // one that may move is interrupted only where its gateway was gone between the webhook and the checkpoint
    const stuck = ends.filter(({ kind, end }) => kind === 'repeatable' && end.state !== 'done');
    const again = ends.filter(({ path }) => runs.filter((run) => run === path).length > 1).length;
    for (const kind of ['repeatable', 'resumed', 'once'] as const) {
      const states = ends.filter((each) => each.kind === kind).map(({ end }) => end.state);
      log(
        `${kind}: ${states.filter((state) => state === 'done').length} done, ${states.filter((state) => state === 'interrupted').length} interrupted`,
      );
    }
    log(
      `${started.length} calls, ${rounds} kills: ${lost.length} lost, ${again} run again, ${twice.length} of them wrongly`,
    );
    for (const { kind, end } of lost) log(`  ${kind}: ${JSON.stringify(end)}`);
    return lost.length === 0 && twice.length === 0 && stuck.length === 0;
  } finally {
    await cluster.stop();
    await n8n.contract.close();
    backEnd.close();
  }
}

/** Answers after a while, and counts who asks. */
async function startBackEnd() {
  const arrived: string[] = [];
  const server = createServer((request, response) => {
    arrived.push(request.url ?? '');
    setTimeout(() => response.end('done'), WORK_MS);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    arrived,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A client behind the balancer, which makes a request again that was cut off: no call is made twice by that. */
function asker(cluster: Cluster, key: string) {
  const headers = { 'content-type': 'application/json', 'x-mcp-key': key };
  const ask = async (operation: string, input: object): Promise<BackgroundReport> => {
    for (;;) {
      const sent = fetch(`${cluster.url}/api/services/gateway/${operation}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(input),
      });
      const body = await sent.then(
        async (response) => (response.ok ? ((await response.json()) as { data: BackgroundReport }) : undefined),
        () => undefined,
      );
      if (body) return body.data;
      await sleep(100);
    }
  };
  return {
    start: async (name: string, input: object) => (await ask('start_call', { name, arguments: input })).ticket,
    end: async (ticket: string): Promise<BackgroundReport> => {
      for (;;) {
        const report = await ask('call_outcome', { ticket });
        if (report.state !== 'waiting' && report.state !== 'running') return report;
      }
    },
  };
}
