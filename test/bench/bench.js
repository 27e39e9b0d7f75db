// `npm run bench`: what the gateway costs a call, measured against the least that could do the same and against what else
// there is. Writes docs/benchmarks.md. `--only name,name` measures a part and only prints; `--rounds n`, `--seconds n`.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { comparisons } from './comparisons/index.js';
import { fanOut } from './fan-out/fan-out.js';
import { removeDirectories, startGateway } from './gateway.js';
import { LOAD_CORE, startServer, stopFrom } from './processes.js';
import { report, section } from './report.js';
import { compare } from './rounds.js';
import { startAndMemory } from './start-and-memory.js';
import { stdioUpstream } from './upstreams.js';

/**
 * @typedef {import('./rounds.js').Bench} Bench
 * @typedef {{name: string, title: string, lacking?: () => string | undefined, run: (bench: Bench, times: typeof how) => Promise<string>}} Part
 */

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
  },
});
const how = { rounds: Number(values.rounds), seconds: Number(values.seconds) };
const names = values.only?.split(',');
/** @type {Part[]} */
const parts = [...comparisons.map(asPart), fanOut, startAndMemory];
const chosen = parts.filter(({ name }) => names?.includes(name) ?? true);
if (chosen.length === 0) throw new Error(`--only takes some of ${parts.map(({ name }) => name).join(', ')}`);

try {
  const upstream = await startServer(LOAD_CORE, ['test/bench/servers/echo-upstream.js']);
  const mcpServers = { 'over-http': { url: upstream.url }, 'over-stdio': stdioUpstream };
  const bench = { gateway: await startGateway({ mcpServers }), upstream };
  const sections = [];
  for (const part of chosen) {
    sections.push(await measured(part, bench));
    console.log(sections.at(-1));
  }
  if (chosen.length === parts.length) writeFileSync('docs/benchmarks.md', report(sections, how));
} finally {
  await stopFrom(0);
  removeDirectories();
}

/** @param {import('./rounds.js').Comparison} comparison @returns {Part} */
function asPart(comparison) {
  const { name, title, lacking } = comparison;
  const run = async (/** @type {Bench} */ bench) => section(await compare(comparison, bench, how));
  return { name, title, ...(lacking && { lacking }), run };
}

/** What fails is said in its place, so that the others are not measured in vain. @param {Part} part @param {Bench} bench */
async function measured({ title, lacking, run }, bench) {
  const reason = lacking?.();
  if (reason !== undefined) return `## ${title}\n\nNot measured: ${reason}.\n`;
  try {
    return await run(bench, how);
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
    return `## ${title}\n\nNot measured: it failed.\n`;
  }
}
