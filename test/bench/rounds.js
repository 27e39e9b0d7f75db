// Servers against each other, in interleaved rounds.
import { cpuSeconds, LOAD_CORE, lineWith, residentMib, start, stopFrom, startedSoFar } from './processes.js';

export const CONNECTIONS = 32;
/** V8 goes on compiling for some seconds of load. */
const MAX_WARM_UP_SECONDS = 4;

/**
 * @typedef {object} Server
 * @property {string} url where the load goes; several are taken in turns by the connections, separated by commas
 * @property {number[]} pids whose time and memory are counted
 * @property {import('./requests.js').LoadRequest} request
 * @property {number} [startMs]
 * @property {number} [connections] other than those of its comparison
 * @property {number} [units] that one request is about, of the comparison's `unit`
 *
 * @typedef {Awaited<ReturnType<typeof import('./processes.js').startServer>>} Started
 * @typedef {{gateway: Awaited<ReturnType<typeof import('./gateway.js').startGateway>>, upstream: Started}} Bench
 *
 * @typedef {object} Comparison
 * @property {string} name
 * @property {string} title
 * @property {string} about
 * @property {import('./report.js').Column[]} [columns]
 * @property {number} [connections]
 * @property {string} [unit] that a request's time is also given by
 * @property {import('./aims.js').Aim[]} aims
 * @property {() => string | undefined} [lacking] why it can't be measured here
 * @property {(bench: Bench) => Promise<Record<string, Server>>} prepare
 *
 * @typedef {Awaited<ReturnType<typeof measure>>} Measured
 * @typedef {Record<string, Measured>} Round
 * @typedef {{comparison: Comparison, rounds: Round[]}} Result
 */

/** @param {Comparison} comparison @param {Bench} bench @param {{rounds: number, seconds: number}} how @returns {Promise<Result>} */
export async function compare(comparison, bench, { rounds, seconds }) {
  const before = startedSoFar();
  try {
    const servers = await comparison.prepare(bench);
    const names = Object.keys(servers);
    const warmUp = Math.min(2 * seconds, MAX_WARM_UP_SECONDS);
    for (const server of Object.values(servers)) await measure(server, warmUp, comparison.connections);
    const all = [];
    for (let i = 0; i < rounds; i += 1) {
      const round = /** @type {Round} */ ({});
      for (const name of rotated(names, i)) {
        const server = servers[name];
        if (server) round[name] = await measure(server, seconds, comparison.connections);
      }
      all.push(round);
      console.error(`${comparison.name}, round ${i + 1}: ${JSON.stringify(round)}`);
    }
    return { comparison, rounds: all };
  } finally {
    await stopFrom(before);
  }
}

/** @param {string[]} names @param {number} by */
function rotated(names, by) {
  return names.map((_, i) => names[(i + by) % names.length] ?? '');
}

/** @param {Server} server @param {number} seconds */
export async function measure({ connections: own, ...server }, seconds, connections = CONNECTIONS) {
  const { url, pids, request, startMs, units } = server;
  const before = sum(pids.map(cpuSeconds));
  const args = ['test/bench/load.js', url, String(seconds), String(own ?? connections), JSON.stringify(request)];
  const load = JSON.parse(await lineWith(start(LOAD_CORE, args), /^(\{.*\})$/m));
  const cpuMicros = ((sum(pids.map(cpuSeconds)) - before) * 1e6) / load.requests;
  return {
    requests: /** @type {number} */ (load.requests),
    perSecond: load.requests / load.seconds,
    cpuMicros,
    unitMicros: cpuMicros / (units ?? 1),
    loadBusy: load.cpuMicros / 1e6 / load.seconds,
    p50Ms: /** @type {number} */ (load.p50Ms),
    p99Ms: /** @type {number} */ (load.p99Ms),
    residentMib: sum(pids.map(residentMib)),
    startSeconds: (startMs ?? NaN) / 1_000,
  };
}

/** @param {number[]} values */
function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

/** @param {number[]} values */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
