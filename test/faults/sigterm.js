// SIGTERM with 100 calls of 2 s in flight: none fails, /ready says 503 first, exit 0 within 10 s
import { remove, startGateway, startPostgres, temporaryDirectory, until } from './gateway.js';

const CALLS = 100;
const EXIT_WITHIN_MS = 10_000;

/** @param {import('./load/account.js').FaultRun} fault */
export default async function fault({ log }) {
  const directory = temporaryDirectory();
  const postgres = await startPostgres(`${directory}/postgres`);
  // the server takes 100 connections, of which a few are its own: two pools share them
  const env = { POSTGRES_WORK_URL: postgres.readerUrl, POSTGRES_MORE_URL: postgres.readerUrl, DB_POOL_MAX: '45' };
  try {
    const many = await stopUnder(directory, env, log);
    const long = await stopUnderLongCall(directory, env, log);
    return many && long;
  } finally {
    await postgres.server.stop();
    remove(directory);
  }
}

/** @param {string} directory @param {Record<string, string>} env @param {(line: string) => void} log */
async function stopUnder(directory, env, log) {
  const gateway = await startGateway({ DATA_DIR: `${directory}/data`, ...env });
  for (const database of ['work', 'more']) await gateway.query(database, 'SELECT 1');
  const calls = Array.from({ length: CALLS }, (_, index) => {
    const database = index % 2 === 0 ? 'work' : 'more';
    return gateway.query(database, 'SELECT 1 AS one FROM pg_sleep(2)', { timeoutMs: 20_000 });
  });
  await until(async () => (await gateway.fetch('/health')).body?.callsInFlight === CALLS, 5_000);
  const sentAt = performance.now();
  gateway.child.kill('SIGTERM');
  const ready = await until(async () => (await gateway.fetch('/ready')).status === 503, 400);
  const answers = await Promise.all(calls);
  const end = await gateway.ended;
  const ms = performance.now() - sentAt;
  const failed = answers.filter(({ status }) => status !== 200).length;
  log(`${CALLS} calls of 2 s: ${failed} failed, /ready said 503 after ${ready.toFixed(0)} ms`);
  log(`ended with ${end} after ${ms.toFixed(0)} ms`);
  return failed === 0 && ready < Infinity && end === 0 && ms < EXIT_WITHIN_MS;
}

/** @param {string} directory @param {Record<string, string>} env @param {(line: string) => void} log */
async function stopUnderLongCall(directory, env, log) {
  const gateway = await startGateway({ DATA_DIR: `${directory}/data`, ...env });
  const call = gateway.query('work', 'SELECT pg_sleep(20)', { timeoutMs: 25_000 });
  await until(async () => (await gateway.fetch('/health')).body?.callsInFlight === 1, 5_000);
  const sentAt = performance.now();
  gateway.child.kill('SIGTERM');
  const { status, body } = await call;
  const end = await gateway.ended;
  const ms = performance.now() - sentAt;
  const retryable = body?.error?.details?.retryable === true;
  log(`a call of 20 s: answered with ${status}, retryable: ${retryable}; ended with ${end} after ${ms.toFixed(0)} ms`);
  return status === 502 && retryable && end === 0 && ms < EXIT_WITHIN_MS;
}
