// What the gateway adds to the time of a call while many sessions use many upstreams, of which one answers nothing.
import { startGateway } from '../gateway.js';
import { LOAD_CORE, lineWith, start, startedSoFar, stopFrom } from '../processes.js';
import { rpcCall, sessionCall } from '../requests.js';
import { measure, median } from '../rounds.js';

const UPSTREAMS = 30;
const SESSIONS = 240;
const RATE = 300; // calls a second
const MAX_ROUNDS = 2;

/** @typedef {{p50Ms: number, p99Ms: number, answered: number, waiting: number}} Measured */

export const fanOut = {
  name: 'fan-out',
  title: 'Many sessions, many upstreams, one of them hanging',
  /** @param {unknown} _ @param {{rounds: number, seconds: number}} how */
  async run(_, { rounds, seconds }) {
    const before = startedSoFar();
    try {
      const ways = await prepare();
      const all = [];
      for (let i = 0; i < Math.min(rounds, MAX_ROUNDS); i += 1) {
        const direct = await load(ways.direct, 5 * seconds);
        const gateway = await load(ways.gateway, 5 * seconds);
        all.push({ direct, gateway });
        console.error(`fan-out, round ${i + 1}: ${JSON.stringify({ direct, gateway })}`);
      }
      return section(all);
    } finally {
      await stopFrom(before);
    }
  },
};

async function prepare() {
  const upstreams = start(LOAD_CORE, ['test/bench/servers/many-upstreams.js', String(UPSTREAMS)]);
  const urls = (await lineWith(upstreams, /(http:.*)\n/)).split(' ');
  const names = urls.map((_, i) => `up-${i}`);
  const mcpServers = Object.fromEntries(urls.map((url, i) => [`up-${i}`, { url }]));
  // all sessions have one key, whose places those that wait for the hanging one take
  const gateway = await startGateway({ mcpServers, env: { MCP_MAX_CONCURRENT_CALLS: '10000' } });
  await measure({ url: `${gateway.url}/mcp/rpc`, pids: gateway.pids, request: rpcCall('up-0__echo') }, 3);
  return {
    direct: { url: '', sessions: 0, calls: urls.map((url) => ({ url, ...rpcCall('echo') })) },
    gateway: {
      url: `${gateway.url}/mcp`,
      sessions: SESSIONS,
      calls: names.map((name) => sessionCall(`${name}__echo`, '')),
    },
  };
}

/** @param {{url: string, sessions: number, calls: object[]}} way @param {number} seconds @returns {Promise<Measured>} */
async function load(way, seconds) {
  const child = start(LOAD_CORE, ['test/bench/fan-out/load.js', JSON.stringify({ ...way, rate: RATE, seconds })]);
  return JSON.parse(await lineWith(child, /^(\{.*\})$/m));
}

/** @param {{direct: Measured, gateway: Measured}[]} rounds */
function section(rounds) {
  const added = (/** @type {'p50Ms' | 'p99Ms'} */ which) =>
    median(rounds.map(({ direct, gateway }) => gateway[which] - direct[which])).toFixed(2);
  const row = (/** @type {'direct' | 'gateway'} */ way) => {
    const of = (/** @type {keyof Measured} */ which) => median(rounds.map((round) => round[way][which]));
    return `| ${way} | ${of('p50Ms').toFixed(2)} | ${of('p99Ms').toFixed(2)} | ${of('answered')} | ${of('waiting')} |`;
  };
  return `## ${fanOut.title}

${RATE} calls a second in ${SESSIONS} sessions of MCP 2025-11-25, to ${UPSTREAMS} upstreams over HTTP in turns, one of which lists its tool and answers no call; the same calls sent to the upstreams themselves. Calls are sent whether those before are answered or not.

| | p50 ms | p99 ms | answered | still waiting |
|---|---|---|---|---|
${row('direct')}
${row('gateway')}

- p50 that the gateway adds: ${added('p50Ms')} ms
- p99 that the gateway adds: **${added('p99Ms')} ms** (aim: at most 5.00 ms)
`;
}
