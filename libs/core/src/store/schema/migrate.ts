import { Logger } from '@nestjs/common';
import type { Client } from 'pg';
import { StartError, type StoreMigrationClass } from '#libs/kit';
import { makeDataSource } from '../data-source.js';
import { MIGRATION_LOCK, othersAtWork } from './gateways-at-work.js';
import { knownMigrations } from './known-migrations.js';
import { isBreaking, migrationsOf, unknownMigrations } from './newer-schema.js';
import { PATIENCE, takeStep } from './patient-step.js';

type Tell = (line: string) => void;

/** Runs the pending migrations, one gateway at a time: `line` holds a lock meanwhile. */
export async function migrate(
  line: Client,
  url: string,
  migrations: readonly StoreMigrationClass[],
  tell: Tell = (text) => new Logger('Store').log(text),
  patience = PATIENCE,
): Promise<void> {
  const { rows } = await line.query<{ mine: boolean }>('SELECT pg_try_advisory_lock($1) AS mine', [MIGRATION_LOCK]);
  if (rows[0]?.mine !== true) {
    tell('Waiting for another gateway, which is migrating the store');
    await line.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
  }
  const source = makeDataSource(url, { migrations, connections: 2 });
  try {
    const known = knownMigrations(migrations);
    const done = await lookBefore(line, known, tell);
    const pending = known.filter((name) => !done.includes(name));
    if (pending.length === 0) return;
    await source.initialize();
    // in a new store nobody is in the way
    const steps = done.length === 0 ? [pending] : pending.map((name) => [name]);
    for (const names of steps) {
      await takeStep(source, names, patience, tell);
      for (const name of names) tell(`Migrated the store: ${name}`);
    }
  } finally {
    if (source.isInitialized) await source.destroy();
    await line.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
  }
}

/**
 * What was done to the store before. Throws a StartError where this gateway, or those that work on the store now, could not
 * live with its tables.
 */
async function lookBefore(line: Client, known: readonly string[], tell: Tell): Promise<string[]> {
  const done = await migrationsOf(line);
  const newer = unknownMigrations(done, known);
  if (newer.length > 0)
    tell(`A newer gateway has added to the store (${newer.join(', ')}); this one goes on without it`);
  if (done.length === 0) return done;
  const breaking = known.filter((name) => isBreaking(name) && !done.includes(name));
  if (breaking.length === 0 || (await othersAtWork(line)) === 0) return done;
  throw new StartError(
    `The gateways that work on this store can't live with ${breaking.join(', ')}. Stop all of them, then start this one. ` +
      'Nothing was changed.',
  );
}
