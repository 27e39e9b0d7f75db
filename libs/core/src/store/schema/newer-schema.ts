import type { ClientBase } from 'pg';
import { StartError } from '#libs/kit';

/** With which the name of a migration begins that gateways of earlier versions can't live with. */
const BREAKING = 'Breaking';

export function isBreaking(migration: string): boolean {
  return migration.startsWith(BREAKING);
}

/** Names of the migrations that a store has had, in their order. */
export async function migrationsOf(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ there: boolean }>(`SELECT to_regclass('migrations') IS NOT NULL AS there`);
  if (rows[0]?.there !== true) return [];
  const done = await client.query<{ name: string }>('SELECT name FROM migrations ORDER BY id');
  return done.rows.map(({ name }) => name);
}

/**
 * What a newer gateway has done to the store and this one does not know. Such migrations add, and this gateway goes on
 * without what they added; throws a StartError where one of them breaks.
 */
export function unknownMigrations(done: readonly string[], known: readonly string[]): string[] {
  const unknown = done.filter((name) => !known.includes(name));
  const breaking = unknown.filter(isBreaking);
  if (breaking.length === 0) return unknown;
  throw new StartError(
    `The store belongs to a newer gateway, whose changes (${breaking.join(', ')}) this one can't live with. Start that version, ` +
      'or undo them with it: npm run migrate -- down.',
  );
}
