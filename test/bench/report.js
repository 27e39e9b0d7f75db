// The page of the figures.
import { cpus, release } from 'node:os';
import { CONNECTIONS, median } from './comparison.js';
import { pinned } from './processes.js';

/**
 * @param {{comparison: import('./comparison.js').Comparison, rounds: import('./comparison.js').Round[]}[]} results
 * @param {{rounds: number, seconds: number}} how
 * @param {Record<'startMs' | 'idleMib' | 'busyMib', number>} gateway
 */
export function report(results, { rounds, seconds }, { startMs, idleMib, busyMib }) {
  return `# Benchmarks

Measured by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: ${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Linux ${release()}, Node ${process.version}. Absolute numbers are worth nothing on another machine; the ratios are what to look at.

${CONNECTIONS} connections, a fresh id per request, a key, and everything on that the gateway does with a call. ${rounds} rounds of ${seconds} s each, interleaved, order rotated; medians. ${pinned ? 'Servers are pinned to core 0; the load, the store and what is behind a server to core 1.' : 'Servers are not pinned.'} CPU time is the operating system's account of the server's process, threads included, divided by its requests. Where the load generator is near 100 % busy, the rate of the faster server is the generator's, and the ratio of CPU time is the one to trust.

${results.map(section).join('\n')}
## Memory and start

| | |
|---|---|
| start of a new data directory, database included | ${(startMs / 1_000).toFixed(1)} s |
| resident memory before the first call | ${idleMib.toFixed(0)} MiB |
| resident memory after 20,000 calls | ${busyMib.toFixed(0)} MiB |

\`npm run bench -- --only json-rpc,query --rounds 3 --seconds 2\` measures a part and prints it; the page is written by a whole run.
`;
}

/** @param {{comparison: import('./comparison.js').Comparison, rounds: import('./comparison.js').Round[]}} result */
export function section({ comparison: { title, about, goal }, rounds }) {
  const ratio = median(rounds.map(({ yardstick, gateway }) => yardstick.cpuMicros / gateway.cpuMicros));
  /** @param {'yardstick' | 'gateway'} which */
  const row = (which) => {
    const of = (/** @type {'perSecond' | 'cpuMicros' | 'loadBusy'} */ what) =>
      median(rounds.map((round) => round[which][what]));
    return `| ${which} | ${of('cpuMicros').toFixed(1)} | ${of('perSecond').toFixed(0)} | ${(of('loadBusy') * 100).toFixed(0)} % |`;
  };
  return `## ${title}

${about}

| server | CPU µs per request | requests/s | load generator busy |
|---|---|---|---|
${row('yardstick')}
${row('gateway')}

CPU time of the yardstick ÷ the gateway's: **${ratio.toFixed(2)}** (aim: ${goal.toFixed(2)})
`;
}
