// The page of the figures.
import { cpus, release } from 'node:os';
import { CONNECTIONS, median } from './rounds.js';
import { pinned } from './processes.js';

/**
 * @typedef {import('./rounds.js').Result} Result
 * @typedef {keyof typeof columns} Column
 */

const columns = {
  cpuMicros: { head: 'CPU µs per request', digits: 1 },
  unitMicros: { head: 'CPU µs per', digits: 3 },
  perSecond: { head: 'requests/s', digits: 0 },
  loadBusy: { head: 'load generator busy', digits: 2 },
  p50Ms: { head: 'p50 ms', digits: 3 },
  p99Ms: { head: 'p99 ms', digits: 3 },
  residentMib: { head: 'memory MiB', digits: 0 },
  startSeconds: { head: 'start s', digits: 1 },
};
/** @type {Column[]} */
const USUAL = ['cpuMicros', 'perSecond', 'loadBusy', 'residentMib', 'startSeconds'];

/** @param {string[]} sections @param {{rounds: number, seconds: number}} how */
export function report(sections, { rounds, seconds }) {
  return `# Benchmarks

Measured by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: ${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Linux ${release()}, Node ${process.version}. Absolute numbers are worth nothing on another machine; the ratios are what to look at.

${CONNECTIONS} connections where nothing else is said, a fresh id per request, a key, and everything on that the gateway does with a call. ${rounds} rounds of ${seconds} s each, interleaved, order rotated; medians. ${pinned ? 'Servers are pinned to core 0; the load, the store and what is behind a server to core 1.' : 'Servers are not pinned.'} The gateway has the settings of node that \`npm start\` gives it ([decisions/0013](decisions/0013-node-is-started-with-settings.md)), all others have node's own. CPU time is the operating system's account of the server's process, threads included, divided by its requests. Where the load generator is near 1.00 busy, the rate of the faster server is the generator's, and the ratio of CPU time is the one to trust.

${sections.join('\n')}
\`npm run bench -- --only json-rpc,query --rounds 3 --seconds 2\` measures parts and prints them; a name that there is not lists them. A whole run takes some twelve minutes, installs what it compares with in \`test/bench/others\`, and writes this page.
`;
}

/** @param {Result} result */
export function section({ comparison: { title, about, columns: chosen = USUAL, unit, aims }, rounds }) {
  const shown = [...chosen, ...(unit === undefined ? [] : [/** @type {const} */ ('unitMicros')])];
  const heads = shown.map((name) => (name === 'unitMicros' ? `${columns[name].head} ${unit}` : columns[name].head));
  const rows = Object.keys(rounds[0] ?? {}).map((server) => {
    const of = (/** @type {Column} */ name) => median(rounds.map((round) => round[server]?.[name] ?? NaN));
    return `| ${server} | ${shown.map((name) => figure(of(name), columns[name].digits)).join(' | ')} |`;
  });
  return `## ${title}

${about}

| | ${heads.join(' | ')} |
|---|${'---|'.repeat(shown.length)}
${rows.join('\n')}

${aims.map((aim) => verdict(aim, rounds)).join('\n')}
`;
}

/** @param {number} value @param {number} digits */
function figure(value, digits) {
  return Number.isNaN(value) ? '' : value.toFixed(digits);
}

/** @param {import('./aims.js').Aim} aim @param {import('./rounds.js').Round[]} rounds */
function verdict({ what, ratio, least, most }, rounds) {
  const value = median(rounds.map(ratio)).toFixed(2);
  if (least !== undefined) return `- ${what}: **${value}** (aim: at least ${least.toFixed(2)})`;
  if (most !== undefined) return `- ${what}: **${value}** (aim: at most ${most.toFixed(2)})`;
  return `- ${what}: ${value}`;
}
