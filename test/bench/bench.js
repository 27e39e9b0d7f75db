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

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
  },
});
const how = { rounds: Number(values.rounds), seconds: Number(values.seconds) };
const names = values.only?.split(',');
/** @type {{name: string, run: (bench: import('./rounds.js').Bench, times: typeof how) => Promise<string>}[]} */
const parts = [
  ...comparisons.map((comparison) => ({
    name: comparison.name,
    run: async (/** @type {import('./rounds.js').Bench} */ bench) => {
      const reason = comparison.lacking?.();
      if (reason !== undefined) return `## ${comparison.title}\n\nNot measured: ${reason}.\n`;
      return section(await compare(comparison, bench, how));
    },
  })),
  fanOut,
  startAndMemory,
];
const chosen = parts.filter(({ name }) => names?.includes(name) ?? true);
if (chosen.length === 0) throw new Error(`--only takes some of ${parts.map(({ name }) => name).join(', ')}`);

try {
  const upstream = await startServer(LOAD_CORE, ['test/bench/servers/echo-upstream.js']);
  const mcpServers = { 'over-http': { url: upstream.url }, 'over-stdio': stdioUpstream };
  const gateway = await startGateway({ mcpServers });
  const sections = [];
  for (const part of chosen) {
    sections.push(await part.run({ gateway, upstream }, how));
    console.log(sections.at(-1));
  }
  if (chosen.length === parts.length) writeFileSync('docs/benchmarks.md', report(sections, how));
} finally {
  await stopFrom(0);
  removeDirectories();
}
