import type { Client, PoolClient } from 'pg';
import { StartError, type StoreMigrationClass } from '#libs/kit';
import { countRows, listTables } from '../backup/store-tables.js';
import { withExistingStore, type StorePlace } from '../backup/store-access.js';
import { makeDataSource } from '../data-source.js';
import { refuseUnderGateway } from './gateways-at-work.js';
import { knownMigrations } from './known-migrations.js';
import { migrate } from './migrate.js';
import { migrationsOf, unknownMigrations } from './newer-schema.js';
import { SchemaHistory } from './schema-history.js';

export interface SchemaTask extends StorePlace {
  /** Of the services' tables. */
  migrations: readonly StoreMigrationClass[];
  /** Told what is done, line by line. */
  say: (line: string) => void;
}

/** Brings the tables of the store to this version, as a start does. Throws a StartError that a person can act on. */
export async function migrateUp(task: SchemaTask): Promise<void> {
  await withExistingStore(task, (line, url) => migrate(line, url, task.migrations, task.say));
  task.say('The store has all that this version needs');
}

/** Says what was done to the tables of the store, and what waits. */
export async function showSchema(task: SchemaTask): Promise<void> {
  const known = knownMigrations(task.migrations);
  const done = await withExistingStore(task, migrationsOf);
  for (const name of done) task.say(known.includes(name) ? `done     ${name}` : `newer    ${name}`);
  for (const name of known.filter((name) => !done.includes(name))) task.say(`pending  ${name}`);
}

/**
 * Takes back the last migrations, with what they brought: all of them in one transaction, or none. Throws a StartError
 * while a gateway works on the store, and where rows would be lost unless `lose` says that they may be.
 */
export async function migrateDown(count: number, lose: boolean, task: SchemaTask): Promise<void> {
  await withExistingStore(task, async (line, url) => {
    const newer = unknownMigrations(await migrationsOf(line), knownMigrations(task.migrations));
    if (newer.length > 0)
      throw new StartError(`${newer.join(', ')} can only be undone by the version that brought them.`);
    await undo(url, count, lose, task);
  });
}

async function undo(url: string, count: number, lose: boolean, { migrations, say }: SchemaTask): Promise<void> {
  const source = makeDataSource(url, { migrations, connections: 2 });
  await source.initialize();
  const runner = source.createQueryRunner();
  try {
    const client = (await runner.connect()) as PoolClient;
    await runner.startTransaction();
    await refuseUnderGateway(client);
    const before = await inventory(client);
    const undone = await new SchemaHistory(source, runner).undo(count);
    const after = await inventory(client);
    const lost = [...before].filter(([what, rows]) => rows > 0 && !after.has(what)).map(([what]) => what);
    if (lost.length > 0 && !lose) {
      throw new StartError(
        `This would lose ${lost.join(', ')}. Nothing was changed. Make a backup, then add --lose-data.`,
      );
    }
    await runner.commitTransaction();
    for (const name of undone) say(`Undone: ${name}`);
    for (const what of lost) say(`Lost: ${what}`);
  } catch (error) {
    if (runner.isTransactionActive) await runner.rollbackTransaction();
    throw error;
  } finally {
    await runner.release();
    await source.destroy();
  }
}

/** Tables and columns by what they are called, with the rows that they have. */
async function inventory(client: PoolClient | Client): Promise<Map<string, number>> {
  const tables = await listTables(client);
  const rows = await countRows(client, tables);
  const columns = tables.flatMap(({ name, columns: names }) =>
    names.map((column) => [`${name}.${column}`, rows.get(name) ?? 0] as const),
  );
  return new Map([...rows, ...columns]);
}
