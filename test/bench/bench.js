// `npm run bench`: what the gateway costs a call, measured against the least that could do the same. Writes
// docs/benchmarks.md. `--only name,name`, `--rounds n` and `--seconds n` measure less, and then only print.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { compare, measure } from './comparison.js';
import { guardedQuery } from './comparisons/query.js';
import { httpUpstream } from './comparisons/http-upstream.js';
import { jsonRpc } from './comparisons/json-rpc.js';
import { mcpModern } from './comparisons/mcp-modern.js';
import { mcpSession } from './comparisons/mcp-session.js';
import { stdioUpstream } from './comparisons/stdio-upstream.js';
import { KEY, post, startGateway } from './gateway.js';
import { LOAD_CORE, residentMib, startServer, stopAll } from './processes.js';
import { report, section } from './report.js';
import { rpcCall } from './requests.js';
import { stdioUpstream as overStdio } from './upstreams.js';

const CALLS = 20_000;
const comparisons = [jsonRpc, mcpModern, mcpSession, httpUpstream, stdioUpstream, guardedQuery];

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
  },
});
const how = { rounds: Number(values.rounds), seconds: Number(values.seconds) };
const names = values.only?.split(',');
const chosen = comparisons.filter(({ name }) => names?.includes(name) ?? true);
if (chosen.length === 0) throw new Error(`--only takes some of ${comparisons.map(({ name }) => name).join(', ')}`);

const upstream = await startServer(LOAD_CORE, ['test/bench/servers/echo-upstream.js']);
const gateway = await startGateway({ 'over-http': { url: upstream.url }, 'over-stdio': overStdio });
try {
  await upstreamsReached();
  const idleMib = residentMib(gateway.pid);
  const busyMib = await afterManyCalls();
  const results = [];
  for (const comparison of chosen) {
    const rounds = await compare(comparison, { gateway, upstreamUrl: upstream.url }, how);
    results.push({ comparison, rounds });
    console.log(section({ comparison, rounds }));
  }
  const page = report(results, how, { startMs: gateway.startMs, idleMib, busyMib });
  if (chosen.length === comparisons.length) writeFileSync('docs/benchmarks.md', page);
  else console.log(page);
} finally {
  await stopAll();
  gateway.removeData();
}

/** They are reached in the background. */
async function upstreamsReached() {
  for (let tries = 0; tries < 100; tries += 1) {
    const { body } = await post(`${gateway.url}/mcp/rpc`, { jsonrpc: '2.0', id: 0, method: 'tools/list' });
    const tools = body.result.tools.map((/** @type {{name: string}} */ { name }) => name);
    if (['over-http__echo', 'over-stdio__echo'].every((name) => tools.includes(name))) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const answer = await fetch(`${gateway.url}/admin/upstreams`, { headers: { 'x-mcp-key': KEY } });
  throw new Error(`The upstreams could not be reached: ${await answer.text()}`);
}

/** Memory that the gateway holds when it has answered so many. */
async function afterManyCalls() {
  const server = { pid: gateway.pid, url: `${gateway.url}/mcp/rpc`, request: rpcCall('gateway_echo') };
  for (let calls = 0; calls < CALLS;) calls += (await measure(server, 1)).requests;
  return residentMib(gateway.pid);
}
