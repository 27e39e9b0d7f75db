// PostgreSQL is restarted under 50 queries a second: errors only while it is down, good within 3 s, no exit
import { setTimeout as sleep } from 'node:timers/promises';
import { remove, startGateway, startPostgres, temporaryDirectory, until } from './gateway.js';

const EVERY_MS = 20;
const GOOD_WITHIN_MS = 3_000;

/** @param {import('./load/account.js').FaultRun} fault */
export default async function fault({ log }) {
  const directory = temporaryDirectory();
  const postgres = await startPostgres(`${directory}/postgres`);
  const gateway = await startGateway({ DATA_DIR: `${directory}/data`, POSTGRES_WORK_URL: postgres.readerUrl });
  try {
    /** @type {{ at: number, end: number, status: number }[]} */
    const calls = [];
    /** @type {Promise<unknown>[]} */
    const waiting = [];
    const call = async () => {
      const at = performance.now();
      const { status } = await gateway.query('work', 'SELECT 1 AS one');
      calls.push({ at, end: performance.now(), status });
    };
    const timer = setInterval(() => waiting.push(call()), EVERY_MS);
    await sleep(3_000);
    const downAt = performance.now();
    // a restart as an administrator does it; the server's keeper brings it back on its old port
    process.kill(postgres.server.pid ?? 0, 'SIGINT');
    await until(() => !postgres.server.up, 10_000);
    await until(() => postgres.server.up, 20_000);
    const backAt = performance.now();
    await sleep(6_000);
    clearInterval(timer);
    await Promise.all(waiting);

    const failed = calls.filter(({ status }) => status !== 200);
    const before = failed.filter(({ end }) => end < downAt).length;
    const lastBad = Math.max(backAt, ...failed.map(({ end }) => end));
    log(
      `${calls.length} calls, down for ${(backAt - downAt).toFixed(0)} ms, ${failed.length} errors, ${before} before`,
    );
    log(`statuses: ${[...new Set(failed.map(({ status }) => status))].join(', ') || 'none but 200'}`);
    log(`the last error came ${(lastBad - backAt).toFixed(0)} ms after it was back`);
    log(`the gateway ${gateway.running ? 'goes on' : 'has ended'}`);
    const clean = failed.every(({ status }) => status === 502 || status === 504);
    return gateway.running && before === 0 && clean && lastBad - backAt < GOOD_WITHIN_MS;
  } finally {
    await gateway.stop();
    await postgres.server.stop();
    remove(directory);
  }
}
