import type { PoolClient, PoolConfig } from 'pg';
import { OperationError } from '#libs/kit';

/** URL parameters that may shape the connection; the others could undo what the session is guarded by. */
const urlParameters = new Set([
  'application_name',
  'host',
  'port',
  'ssl',
  'sslcert',
  'sslkey',
  'sslmode',
  'sslnegotiation',
  'sslrootcert',
  'uselibpqcompat',
]);

const LOCK_TIMEOUT_MS = 2_000;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000;

/**
 * Startup options of a reading session: they are the session's defaults, to which DISCARD ALL returns. The last three
 * make the server read and write text as the guard and the value readers expect it.
 */
export function sessionOptions(statementTimeoutMs: number): string {
  return [
    'default_transaction_read_only=on',
    `statement_timeout=${statementTimeoutMs}`,
    `lock_timeout=${LOCK_TIMEOUT_MS}`,
    `idle_in_transaction_session_timeout=${IDLE_IN_TRANSACTION_TIMEOUT_MS}`,
    'standard_conforming_strings=on',
    'bytea_output=hex',
    'DateStyle=ISO',
    'TimeZone=UTC',
  ]
    .map((option) => `-c ${option}`)
    .join(' ');
}

/** Where a configured URL leads, without the parameters that a reading session sets itself. */
export function targetOf(url: string, password: string | undefined): PoolConfig {
  const parsed = new URL(url);
  for (const name of [...parsed.searchParams.keys()]) {
    if (!urlParameters.has(name)) parsed.searchParams.delete(name);
  }
  if (password !== undefined) parsed.password = encodeURIComponent(password);
  return { connectionString: parsed.href };
}

const CHECK = `
  SELECT current_setting('default_transaction_read_only') = 'on' AS "readOnly",
         EXISTS (SELECT FROM pg_roles WHERE rolsuper AND rolname IN (current_user, session_user)) AS superuser,
         EXISTS (SELECT FROM pg_roles
                 WHERE rolname IN ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files')
                   AND pg_has_role(oid, 'member')) AS "reachesServer"`;

/** What the server says about a new session. */
export interface SessionCheck {
  readOnly: boolean;
  superuser: boolean;
  reachesServer: boolean;
}

export async function checkSession(client: PoolClient): Promise<SessionCheck> {
  const { rows } = await client.query<SessionCheck>(CHECK);
  return rows[0] ?? { readOnly: false, superuser: true, reachesServer: true };
}

/**
 * PostgreSQL's own functions that leave a session as it was; after any other the session is reset. setseed is the one
 * that the guard lets through and the next caller would notice.
 */
export async function listBuiltins(client: PoolClient): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ proname: string }>(
    "SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proname <> 'setseed'",
  );
  return new Set(rows.map((row) => row.proname));
}

/**
 * Refuses a session that the read-only promise does not bind: a superuser, or a member of the roles that run programs
 * and touch files, can leave any transaction's limits behind.
 */
export function refusalOf(check: SessionCheck, database: string, allowSuperuser: boolean): OperationError | undefined {
  if (!check.readOnly) {
    return unavailable(
      `The connection to ${database} does not keep its startup options, so it would not be read-only; connect to PostgreSQL directly, not through a pooler that drops them`,
    );
  }
  if (!(check.superuser || check.reachesServer) || allowSuperuser) return undefined;
  const what = check.superuser ? 'is a superuser' : 'may run programs or read files on the database server';
  return unavailable(
    `The role that reads ${database} ${what}, which reading must not. The operator creates one that may only read and puts it into the URL: CREATE ROLE gateway_reader LOGIN PASSWORD '…'; GRANT pg_read_all_data TO gateway_reader;`,
  );
}

/** Reading as such a role can be insisted on; changes it would make without any limit. */
export function writesAsSuperuser(database: string): OperationError {
  return new OperationError(
    'failed',
    `The role of ${database} is a superuser or may reach the database server's files and programs, and nothing is ever changed as such a role; the operator creates one that owns or may write the tables in question and puts it into the URL`,
  );
}

function unavailable(message: string): OperationError {
  return new OperationError('unavailable', message, { retryable: false });
}
