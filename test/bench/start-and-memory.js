// How long a gateway takes to start, and what it holds.
import { newDirectory, startGateway } from './gateway.js';
import { residentMib, startedSoFar, stop, stopFrom } from './processes.js';
import { rpcCall } from './requests.js';
import { measure } from './rounds.js';

const CALLS = 20_000;

export const startAndMemory = {
  name: 'start',
  title: 'Start and memory',
  async run() {
    const before = startedSoFar();
    try {
      const directory = newDirectory();
      const first = await startGateway({ directory });
      const idleMib = residentMib(first.child.pid ?? 0);
      await answerMany(first);
      const busyMib = residentMib(first.child.pid ?? 0);
      await stop(first.child);
      const second = await startGateway({ directory });
      return page([
        ['start of a new data directory, database included', `${seconds(first.startMs)} (aim: at most 8 s)`],
        ['start of a data directory that was there', `${seconds(second.startMs)} (aim: at most 3 s)`],
        ['resident memory before the first call', `${idleMib.toFixed(0)} MiB (aim: at most 110)`],
        [`resident memory after ${CALLS.toLocaleString('en')} calls`, `${busyMib.toFixed(0)} MiB (aim: at most 130)`],
      ]);
    } finally {
      await stopFrom(before);
    }
  },
};

/** @param {{url: string, pids: number[]}} gateway */
async function answerMany({ url, pids }) {
  const server = { url: `${url}/mcp/rpc`, pids, request: rpcCall('gateway_echo') };
  for (let calls = 0; calls < CALLS;) calls += (await measure(server, 1)).requests;
}

/** @param {number} ms */
function seconds(ms) {
  return `${(ms / 1_000).toFixed(1)} s`;
}

/** @param {[what: string, figure: string][]} rows */
function page(rows) {
  return `## ${startAndMemory.title}

One gateway without upstreams; its embedded database is a process of its own, and not counted.

| | |
|---|---|
${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}
`;
}
