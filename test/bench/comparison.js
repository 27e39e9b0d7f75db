// One server against its yardstick, in interleaved rounds.
import { cpuSeconds, LOAD_CORE, lineWith, start } from './processes.js';

export const CONNECTIONS = 32;
const WARM_UP_SECONDS = 2;

/**
 * @typedef {{url: string, pid: number, request: import('./requests.js').LoadRequest}} Server
 * @typedef {{gateway: Awaited<ReturnType<typeof import('./gateway.js').startGateway>>, upstreamUrl: string}} Bench
 * @typedef {object} Comparison
 * @property {string} name
 * @property {string} title
 * @property {string} about
 * @property {number} goal of the yardstick's time divided by the gateway's
 * @property {(bench: Bench) => Promise<Record<'yardstick' | 'gateway', Server>>} prepare
 * @typedef {Awaited<ReturnType<typeof measure>>} Measured
 * @typedef {Record<'yardstick' | 'gateway', Measured>} Round
 */

/** @param {Comparison} comparison @param {Bench} bench @param {{rounds: number, seconds: number}} how @returns {Promise<Round[]>} */
export async function compare({ name, prepare }, bench, { rounds, seconds }) {
  const servers = await prepare(bench);
  for (const server of Object.values(servers)) await measure(server, WARM_UP_SECONDS);
  const all = [];
  for (let i = 0; i < rounds; i += 1) {
    const round = /** @type {Round} */ ({});
    /** @type {(keyof Round)[]} */
    const order = i % 2 === 0 ? ['yardstick', 'gateway'] : ['gateway', 'yardstick'];
    for (const which of order) round[which] = await measure(servers[which], seconds);
    all.push(round);
    console.log(`${name}, round ${i + 1}: ${JSON.stringify(round)}`);
  }
  return all;
}

/** @param {Server} server @param {number} seconds */
export async function measure({ url, pid, request }, seconds) {
  const before = cpuSeconds(pid);
  const args = ['test/bench/load.js', url, String(seconds), String(CONNECTIONS), JSON.stringify(request)];
  const load = JSON.parse(await lineWith(start(LOAD_CORE, args), /^(\{.*\})$/m));
  return {
    requests: /** @type {number} */ (load.requests),
    perSecond: load.requests / load.seconds,
    cpuMicros: ((cpuSeconds(pid) - before) * 1e6) / load.requests,
    loadBusy: load.cpuMicros / 1e6 / load.seconds,
  };
}

/** @param {number[]} values */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
