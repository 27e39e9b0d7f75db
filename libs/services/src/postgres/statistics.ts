import { OperationError } from '#libs/kit';
import type { Database } from './database.js';

/** Totals since the statistics were last reset, from pg_stat_database. */
export interface DatabaseTotals {
  bytes: number;
  connections: number;
  commits: number;
  rollbacks: number;
  blocksRead: number;
  blocksHit: number;
  rowsReturned: number;
  rowsFetched: number;
  rowsInserted: number;
  rowsUpdated: number;
  rowsDeleted: number;
  temporaryBytes: number;
  deadlocks: number;
  since: string | null;
}

export interface DatabaseStatistics {
  name: string;
  pool: { size: number; idle: number; waiting: number; max: number };
  totals?: DatabaseTotals;
  problem?: string;
}

const TOTALS = `
  SELECT pg_database_size(datid)::float8 AS bytes, numbackends AS connections, xact_commit::float8 AS commits,
         xact_rollback::float8 AS rollbacks, blks_read::float8 AS "blocksRead", blks_hit::float8 AS "blocksHit",
         tup_returned::float8 AS "rowsReturned", tup_fetched::float8 AS "rowsFetched",
         tup_inserted::float8 AS "rowsInserted", tup_updated::float8 AS "rowsUpdated",
         tup_deleted::float8 AS "rowsDeleted", temp_bytes::float8 AS "temporaryBytes",
         deadlocks::float8 AS deadlocks, stats_reset AS since
  FROM pg_stat_database WHERE datname = current_database()`;

/** A database that can't be read tells its problem instead of totals, so that it does not hide the others. */
export async function statisticsOf(database: Database, signal: AbortSignal): Promise<DatabaseStatistics> {
  try {
    const { rows } = await database.ask(TOTALS, [], signal);
    const totals = rows[0] as DatabaseTotals | undefined;
    return { name: database.name, pool: database.connections, ...(totals && { totals }) };
  } catch (error) {
    if (signal.aborted || !(error instanceof OperationError)) throw error;
    return { name: database.name, pool: database.connections, problem: error.message };
  }
}
