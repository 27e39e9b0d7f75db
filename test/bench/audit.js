// `node test/bench/audit.js`, after `npm run build`: what the audit adds to a call, in microseconds, by the number of
// calls that end in one turn of the event loop.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const TURNS = 20_000;
const from = (/** @type {string} */ name) =>
  import(pathToFileURL(join(process.argv[2] ?? 'dist', 'libs/core/src/observability/audit', name)).href);
const [{ AuditSpool }, { lineBody }] = await Promise.all([from('audit-spool.js'), from('audit-line.js')]);

const call = {
  operationId: 'gateway.echo',
  operation: { service: 'gateway', name: 'echo' },
  input: { message: 'x'.repeat(96) },
  origin: {
    caller: { id: 'key', kind: 'key', subject: 'bench', permissions: ['read'] },
    door: 'rpc',
    requestId: '861e7f56-05a4-4c86-9769-8da487073cde',
    address: '127.0.0.1',
  },
  outcome: 'ok',
  durationMs: 0.123,
  bytes: 110,
  tokens: 28,
};

for (const calls of [1, 4, 16, 32]) {
  const directory = mkdtempSync(join(tmpdir(), 'audit-bench-'));
  const spool = new AuditSpool(directory, { fsync: false, spoolMaxBytes: 2 ** 30 });
  spool.open();
  let written = Promise.resolve();
  const round = async () => {
    for (let n = 0; n < calls; n += 1) written = spool.append(lineBody(call, new Date().toISOString()));
    await written;
  };
  for (let n = 0; n < 1_000; n += 1) await round();
  const turns = Math.ceil(TURNS / calls);
  const idle = await micros(turns, () => turn());
  const busy = await micros(turns, round);
  const each = (busy - idle) / (turns * calls);
  console.log(`${String(calls).padStart(2)} calls a turn: ${each.toFixed(1)} µs of processor time per call`);
  spool.close();
  rmSync(directory, { recursive: true, force: true });
}

/** @param {number} times @param {() => Promise<unknown>} work */
async function micros(times, work) {
  const before = process.cpuUsage();
  for (let n = 0; n < times; n += 1) await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
