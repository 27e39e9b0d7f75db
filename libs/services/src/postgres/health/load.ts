import { check, ok } from './check.js';

/** Below this many block accesses a ratio says nothing. */
const ENOUGH_BLOCKS = 10_000;
const WARM_PERCENT = 95;
const COLD_PERCENT = 80;

export const bufferHit = check(
  `SELECT blks_hit::float8 AS hit, blks_read::float8 AS read,
          (100.0 * blks_hit / nullif(blks_hit + blks_read, 0))::float8 AS percent,
          current_setting('shared_buffers') AS "sharedBuffers"
   FROM pg_stat_database WHERE datname = current_database()`,
  ([row]) => {
    const { hit, read, percent } = row as { hit: number; read: number; percent: number | null };
    const details = row ? [row] : [];
    if (percent === null || hit + read < ENOUGH_BLOCKS) return ok('Too little was read yet to tell', details);
    const told = `${percent.toFixed(1)} % of the blocks were found in the buffers`;
    if (percent >= WARM_PERCENT) return ok(told, details);
    return {
      status: percent < COLD_PERCENT ? 'problem' : 'warning',
      summary: `${told}; more shared_buffers, or indexes for what reads most (top-queries by reads), would help`,
      details,
    };
  },
);

const BUSY_PERCENT = 75;
const FULL_PERCENT = 90;
const LONG_IDLE_SECONDS = 300;

export const connections = check(
  `SELECT count(*)::int AS used, current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS max,
          count(*) FILTER (WHERE state = 'active')::int AS active, count(*) FILTER (WHERE state = 'idle')::int AS idle,
          count(*) FILTER (WHERE state LIKE 'idle in transaction%')::int AS "idleInTransaction",
          count(*) FILTER (WHERE state LIKE 'idle in transaction%'
            AND clock_timestamp() - state_change > interval '${LONG_IDLE_SECONDS} seconds')::int AS "longIdleInTransaction"
   FROM pg_stat_activity WHERE datname IS NOT NULL AND coalesce(backend_type, 'client backend') = 'client backend'`,
  ([row]) => {
    const { used, max, longIdleInTransaction } = row as Record<string, number>;
    const percent = (100 * (used ?? 0)) / (max ?? 1);
    const told = `${used} of ${max} connections are in use`;
    const details = row ? [row] : [];
    if (percent >= BUSY_PERCENT) {
      return {
        status: percent >= FULL_PERCENT ? 'problem' : 'warning',
        summary: `${told}; a pooler or smaller pools keep new clients from being refused`,
        details,
      };
    }
    if (!longIdleInTransaction) return ok(told, details);
    return {
      status: 'warning',
      summary: `${told}, and ${longIdleInTransaction} sat idle in a transaction for more than ${LONG_IDLE_SECONDS / 60} minutes, which holds locks and keeps vacuum from cleaning; active-queries names them`,
      details,
    };
  },
);

const LAGGING_BYTES = 64 * 1024 * 1024;
const RETAINED_BYTES = 1024 * 1024 * 1024;

export const replication = check(
  `SELECT 'replica' AS kind, application_name AS name, state, pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::float8 AS "behindBytes",
          extract(epoch FROM replay_lag)::float8 AS "behindSeconds"
   FROM pg_stat_replication WHERE NOT pg_is_in_recovery()
   UNION ALL
   SELECT 'slot', slot_name, CASE WHEN active THEN 'active' ELSE 'inactive' END,
          CASE WHEN NOT pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::float8 END, NULL
   FROM pg_replication_slots
   UNION ALL
   SELECT 'standby', 'this server', 'in recovery', pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::float8,
          extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float8
   WHERE pg_is_in_recovery()
   ORDER BY 4 DESC NULLS LAST`,
  (rows) => {
    if (rows.length === 0) return ok('There are no replicas and no replication slots');
    const behind = (kind: string, bytes: number) =>
      rows.filter((row) => row.kind === kind && Number(row.behindBytes ?? 0) > bytes);
    const dead = behind('slot', RETAINED_BYTES).filter((row) => row.state === 'inactive');
    if (dead.length > 0) {
      const names = dead.map((row) => String(row.name)).join(', ');
      return {
        status: 'problem',
        summary: `Nobody reads the replication slots ${names}, and they keep more than 1 GiB of WAL on the disk; the operator drops those that are not needed`,
        details: rows,
      };
    }
    const late = [...behind('replica', LAGGING_BYTES), ...behind('standby', LAGGING_BYTES)];
    if (late.length > 0) {
      const names = late.map((row) => String(row.name)).join(', ');
      return { status: 'warning', summary: `More than 64 MiB behind: ${names}`, details: rows };
    }
    return ok('Replication keeps up', rows);
  },
);
