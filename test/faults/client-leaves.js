// 50 clients leave in the middle of their queries: none of them runs on in PostgreSQL after 1.5 s
import { setTimeout as sleep } from 'node:timers/promises';
import { ADMIN_KEY, remove, startGateway, startPostgres, temporaryDirectory, until } from './gateway.js';

const CLIENTS = 50;
const GONE_WITHIN_MS = 1_500;

/** @param {import('./load/account.js').FaultRun} fault */
export default async function fault({ log }) {
  const directory = temporaryDirectory();
  const postgres = await startPostgres(`${directory}/postgres`);
  const gateway = await startGateway({
    DATA_DIR: `${directory}/data`,
    POSTGRES_WORK_URL: postgres.readerUrl,
    DB_POOL_MAX: String(CLIENTS),
  });
  const running = async () => {
    const [row] = await postgres.ask(
      `SELECT count(*)::int AS running FROM pg_stat_activity WHERE usename = 'reader' AND state = 'active'`,
    );
    return row.running;
  };
  try {
    const leaving = new AbortController();
    const calls = Array.from({ length: CLIENTS }, () =>
      fetch(`${gateway.url}/api/services/postgres/query`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-mcp-key': ADMIN_KEY },
        body: JSON.stringify({ database: 'work', query: 'SELECT pg_sleep(25)', timeoutMs: 30_000 }),
        signal: leaving.signal,
      }).catch(() => undefined),
    );
    await until(async () => (await running()) === CLIENTS, 10_000);
    log(`${await running()} queries run`);
    leaving.abort();
    const ms = await until(async () => (await running()) === 0, 10_000);
    await Promise.all(calls);
    log(`all gone ${ms.toFixed(0)} ms after their clients`);
    await sleep(100);
    const after = await gateway.query('work', 'SELECT 1 AS one');
    log(`the next query answers ${after.status}`);
    return ms < GONE_WITHIN_MS && after.status === 200;
  } finally {
    await gateway.stop();
    await postgres.server.stop();
    remove(directory);
  }
}
