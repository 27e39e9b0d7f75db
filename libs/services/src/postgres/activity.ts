import { OperationError, type InputOf, type OutputOf } from '#libs/kit';
import type { Database } from './database.js';
import type * as watching from './operations/watching.js';

/** Characters of a statement that are shown. */
const SHOWN = 1_000;

/** PostgreSQL hides state, statement and kind of a session from a role that is neither theirs nor a member of pg_read_all_stats. */
const VISIBLE = `(a.state IS NOT NULL OR a.query <> '<insufficient privilege>')`;

const CLIENTS = `pg_stat_activity a WHERE a.datname = current_database() AND coalesce(a.backend_type, 'client backend') = 'client backend'`;

const RUNNING = `
  a.pid, a.usename AS role, nullif(a.application_name, '') AS application, a.state, left(a.query, ${SHOWN}) AS query,
  extract(epoch FROM clock_timestamp() - a.query_start)::float8 AS seconds,
  extract(epoch FROM clock_timestamp() - a.xact_start)::float8 AS "transactionSeconds"`;

const HIDDEN = `(SELECT count(*)::int FROM ${CLIENTS} AND NOT ${VISIBLE})`;

const ACTIVE = `
  SELECT ${RUNNING}, a.wait_event_type || ': ' || a.wait_event AS "waitsFor", pg_blocking_pids(a.pid) AS "blockedBy"
  FROM ${CLIENTS} AND a.state <> 'idle' AND a.pid <> pg_backend_pid() AND ${VISIBLE}
    AND clock_timestamp() - a.query_start >= make_interval(secs => $1)
  ORDER BY a.query_start LIMIT $2`;

/** What the sessions of a database are doing, the longest statement first. */
export async function activeQueries(
  database: Database,
  { limit, minSeconds }: InputOf<typeof watching.activeQueries>,
  signal: AbortSignal,
): Promise<OutputOf<typeof watching.activeQueries>> {
  const { rows } = await database.ask(ACTIVE, [minSeconds, limit + 1], signal);
  const queries = rows as unknown as OutputOf<typeof watching.activeQueries>['queries'];
  const hidden = await database.ask(`SELECT ${HIDDEN} AS hidden`, [], signal);
  return { queries: queries.slice(0, limit), hidden: hidden.rows[0]?.hidden as number, more: queries.length > limit };
}

/** `pg_blocking_pids` names a process once for each of its workers' locks, and 0 for a prepared transaction. */
const WAITING = `
  SELECT ${RUNNING},
    (SELECT json_build_object('type', l.locktype, 'mode', l.mode, 'relation', l.relation::regclass::text)
       FROM pg_locks l WHERE l.pid = a.pid AND NOT l.granted LIMIT 1) AS lock,
    (SELECT extract(epoch FROM clock_timestamp() - min(to_jsonb(l) ->> 'waitstart')::timestamptz)::float8
       FROM pg_locks l WHERE l.pid = a.pid AND NOT l.granted) AS "waitingSeconds",
    (SELECT coalesce(json_agg(to_json(holder) ORDER BY holder.pid), '[]')
       FROM (SELECT ${RUNNING} FROM pg_stat_activity a WHERE a.pid = ANY (blockers)) holder) AS "blockedBy"
  FROM pg_stat_activity a CROSS JOIN LATERAL pg_blocking_pids(a.pid) blockers
  WHERE a.datname = current_database() AND a.wait_event_type = 'Lock' AND cardinality(blockers) > 0
    AND clock_timestamp() - a.query_start >= make_interval(secs => $1)
  ORDER BY a.query_start LIMIT $2`;

/** The sessions that wait for a lock, each with those that keep it waiting. */
export async function waitingForLocks(
  database: Database,
  { limit, minSeconds }: InputOf<typeof watching.locks>,
  signal: AbortSignal,
): Promise<OutputOf<typeof watching.locks>> {
  const { rows } = await database.ask(WAITING, [minSeconds, limit + 1], signal);
  const waiting = rows as unknown as OutputOf<typeof watching.locks>['waiting'];
  const hidden = await database.ask(`SELECT ${HIDDEN} AS hidden`, [], signal);
  return { waiting: waiting.slice(0, limit), hidden: hidden.rows[0]?.hidden as number, more: waiting.length > limit };
}

/** Looks and cancels in one statement, so that the process is still the one that was looked at. */
const CANCEL = `
  WITH seen AS MATERIALIZED (
    SELECT a.pid, a.state, left(a.query, ${SHOWN}) AS query, a.usename = current_user AS own,
           extract(epoch FROM clock_timestamp() - a.query_start)::float8 AS seconds
    FROM ${CLIENTS} AND a.pid = $1 AND a.pid <> pg_backend_pid()
  )
  SELECT *, CASE WHEN own AND state = 'active' THEN pg_cancel_backend(pid) END AS cancelled FROM seen`;

/** Cancels what a session of the gateway's own role is running. */
export async function cancelQuery(
  database: Database,
  { pid }: InputOf<typeof watching.cancelQuery>,
  signal: AbortSignal,
): Promise<OutputOf<typeof watching.cancelQuery>> {
  const { rows } = await database.ask(CANCEL, [pid], signal);
  const [seen] = rows as { own: boolean; state: string | null; query: string; seconds: number; cancelled: boolean }[];
  if (!seen) throw notCancelled(`${database.name} has no session with the process id ${pid}`);
  if (!seen.own) {
    throw notCancelled(
      `The session ${pid} belongs to another role; only those of the gateway's own role are cancelled`,
    );
  }
  if (seen.state !== 'active')
    throw notCancelled(`The session ${pid} runs nothing at the moment (${seen.state ?? '?'})`);
  return { pid, cancelled: seen.cancelled, query: seen.query, seconds: seen.seconds };
}

function notCancelled(message: string): OperationError {
  return new OperationError('failed', `${message}; active-queries shows what is running`);
}
