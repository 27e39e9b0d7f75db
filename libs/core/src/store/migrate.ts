import { Logger } from '@nestjs/common';
import type { Client } from 'pg';
import type { StoreMigrationClass } from '#libs/kit';
import { makeDataSource } from './data-source.js';

/** Any number that nobody else uses for an advisory lock in this database: "mcpgw" as ASCII. */
export const MIGRATION_LOCK = 0x6d63706777;

/** Runs the pending migrations, one gateway at a time: `line` holds a lock meanwhile. */
export async function migrate(line: Client, url: string, migrations: readonly StoreMigrationClass[]): Promise<void> {
  const logger = new Logger('Store');
  const { rows } = await line.query<{ mine: boolean }>('SELECT pg_try_advisory_lock($1) AS mine', [MIGRATION_LOCK]);
  if (rows[0]?.mine !== true) {
    logger.log('Waiting for another gateway, which is migrating the store');
    await line.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
  }
  const source = makeDataSource(url, { migrations, connections: 2 });
  try {
    await source.initialize();
    for (const { name } of await source.runMigrations()) logger.log(`Migrated the store: ${name}`);
  } finally {
    if (source.isInitialized) await source.destroy();
    await line.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
  }
}
