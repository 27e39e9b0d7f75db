import type { ClientBase } from 'pg';
import { StartError } from '#libs/kit';

/** Any number that nobody else uses for an advisory lock in this database: "mcpgw" as ASCII. */
export const MIGRATION_LOCK = 0x6d63706777;

/** The names of a gateway's line to the store, by which others see it: on its way to migrate, and at work. */
export const LINE = { starting: 'mcp-gateway starting', working: 'mcp-gateway line' };

/** The name of its other connections, by which the triggers of the store know whose change it is. */
export function poolOf(replicaId: string): string {
  return `mcp-gateway ${replicaId}`;
}

const OTHERS = `
  SELECT count(*)::int AS count FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = '${LINE.working}' AND pid <> pg_backend_pid()`;

/** How many gateways work on this database, beside the one whose connection this is. */
export async function othersAtWork(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ count: number }>(OTHERS);
  return rows[0]?.count ?? 0;
}

/**
 * Throws a StartError where a gateway works on the store, on any machine. One that comes before the transaction is over
 * waits for the lock before it migrates.
 */
export async function refuseUnderGateway(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ free: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS free', [
    MIGRATION_LOCK,
  ]);
  if (rows[0]?.free === true && (await othersAtWork(client)) === 0) return;
  throw new StartError('A gateway is using this store. Stop it first. Nothing was changed.');
}
