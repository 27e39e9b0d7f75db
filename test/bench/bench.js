// `npm run bench`: what the gateway adds to a call, measured against bare node:http in interleaved rounds. Writes
// docs/benchmarks.md. Servers are pinned to core 0, the load and the store to core 1, where the system has taskset.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release, tmpdir } from 'node:os';
import { join } from 'node:path';

const ROUNDS = 5;
const SECONDS = 3;
const CONNECTIONS = 32;
const WARM_UP_SECONDS = 2;
const KEY = 'admin-key-of-the-benchmark-run';
const TICKS_PER_SECOND = 100;

const pinned = cpus().length > 1 && spawnSync('taskset', ['--version']).status === 0;

/** @param {number} core @param {string[]} args @param {NodeJS.ProcessEnv} [env] */
function start(core, args, env = {}) {
  const command = pinned ? ['taskset', '-c', String(core), process.execPath, ...args] : [process.execPath, ...args];
  return spawn(command[0] ?? '', command.slice(1), {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** @param {import('node:child_process').ChildProcess} child @param {RegExp} pattern @returns {Promise<string>} */
function lineWith(child, pattern) {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk) => {
      text += String(chunk);
      const match = pattern.exec(text);
      if (match?.[1]) resolve(match[1]);
    });
    child.once('exit', () => reject(new Error(`A server ended before it was ready:\n${text}`)));
  });
}

/** Seconds of processor time that a process has used, by the system's account. @param {number} pid */
function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** @param {{url: string, pid: number}} server @param {number} seconds */
async function measure({ url, pid }, seconds) {
  const before = cpuSeconds(pid);
  const child = start(1, ['test/bench/load.js', url, String(seconds), String(CONNECTIONS), KEY]);
  const load = JSON.parse(await lineWith(child, /^(\{.*\})$/m));
  return {
    perSecond: load.requests / load.seconds,
    cpuMicros: ((cpuSeconds(pid) - before) * 1e6) / load.requests,
    loadBusy: load.cpuMicros / 1e6 / load.seconds,
  };
}

/** @param {number[]} values */
function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

const directory = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
// as root, PostgreSQL's own user keeps the store in it
chmodSync(directory, 0o755);
const raw = start(0, ['test/bench/raw-echo.js']);
const gateway = start(0, ['dist/apps/gateway/src/main.js'], {
  DATA_DIR: directory,
  PORT: '0',
  METRICS_PORT: '0',
  LOG_FORMAT: 'json',
  MCP_ADMIN_KEY: KEY,
  // limits belong to what is measured: on, and never reached
  MCP_MAX_REQUESTS_PER_MINUTE: '1000000000',
  MCP_MAX_REQUESTS_PER_HOUR: '1000000000',
});
/** The store takes the audit's lines meanwhile: a process of its own, which would take the gateway's core from it. */
function pinStore() {
  if (!pinned) return;
  const postmaster = readFileSync(join(directory, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0] ?? '';
  const backends = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8').trim().split(' ');
  for (const pid of [postmaster, ...backends]) spawnSync('taskset', ['-acp', '1', pid]);
}

/** @type {Record<'raw' | 'gateway', Awaited<ReturnType<typeof measure>>>[]} */
const rows = [];
try {
  const servers = {
    raw: { url: `${await lineWith(raw, /(http:\S+)/)}/`, pid: raw.pid ?? 0 },
    gateway: { url: `${await lineWith(gateway, /ready at (http:[^"\s]+)/)}/mcp/rpc`, pid: gateway.pid ?? 0 },
  };
  pinStore();
  for (const server of Object.values(servers)) await measure(server, WARM_UP_SECONDS);
  for (let round = 0; round < ROUNDS; round += 1) {
    /** @type {('raw' | 'gateway')[]} */
    const order = round % 2 === 0 ? ['raw', 'gateway'] : ['gateway', 'raw'];
    const row = /** @type {(typeof rows)[number]} */ ({});
    for (const name of order) row[name] = await measure(servers[name], SECONDS);
    rows.push(row);
    console.log(`round ${round + 1}: ${JSON.stringify(row)}`);
  }
} finally {
  raw.kill();
  if (gateway.exitCode === null) {
    gateway.kill();
    await new Promise((resolve) => gateway.once('exit', resolve));
  }
  rmSync(directory, { recursive: true, force: true });
}

const cpuRatio = median(rows.map((row) => row.raw.cpuMicros / row.gateway.cpuMicros));
const rateRatio = median(rows.map((row) => row.gateway.perSecond / row.raw.perSecond));
/** @param {'raw' | 'gateway'} name */
const line = (name) => {
  const of = (/** @type {'perSecond' | 'cpuMicros' | 'loadBusy'} */ what) => median(rows.map((row) => row[name][what]));
  return `| ${name} | ${of('perSecond').toFixed(0)} | ${of('cpuMicros').toFixed(1)} | ${(of('loadBusy') * 100).toFixed(0)} % |`;
};
const report = `# Benchmarks

Measured by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: ${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Linux ${release()}, Node ${process.version}. Absolute numbers are worth nothing on another machine; the ratios are what to look at.

## \`gateway.echo\` over JSON-RPC against bare node:http

\`tools/call\` at \`POST /mcp/rpc\` with a key, ${CONNECTIONS} connections, a fresh id per request, everything on that the gateway does with a call; the yardstick parses the same request and answers the same result with bare \`node:http\` and checks nothing. ${ROUNDS} rounds of ${SECONDS} s each, interleaved, order rotated; medians. Servers ${pinned ? 'pinned to core 0, the load and the store to core 1' : 'not pinned'}.

| server | requests/s | CPU µs per request | load generator busy |
|---|---|---|---|
${line('raw')}
${line('gateway')}

- CPU per request, bare node:http ÷ gateway: **${cpuRatio.toFixed(2)}**
- requests per second, gateway ÷ bare node:http: **${rateRatio.toFixed(2)}**

CPU time is the operating system's account of the server's process. Where the load generator is near 100 % busy, the rate of the faster server is the generator's, and the CPU ratio is the one to trust.
`;
writeFileSync('docs/benchmarks.md', report);
console.log(report);
