import { pipeline } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { QueryRunner } from 'typeorm';
import { StartError, type StoreMigrationClass } from '#libs/kit';
import { makeDataSource } from '../data-source.js';
import { refuseUnderGateway } from '../schema/gateways-at-work.js';
import { SchemaHistory } from '../schema/schema-history.js';
import { passOver } from './archive-reader.js';
import type { ArchiveEntry } from './archive-writer.js';
import { TRANSACTION_SETTINGS, type BackupTask } from './backup.js';
import { FILES, type Manifest, type TableFacts } from './manifest.js';
import { RestoredFiles } from './restored-files.js';
import { explained, withServer } from './store-access.js';
import { countRows, listSequences, listTables } from './store-tables.js';
import { VerifiedArchive } from './verified-archive.js';

/** TypeORM's own table. */
const MIGRATIONS = 'migrations';

/** They have gone on since the backup was made, and may have had their effect. */
const INTERRUPT_OPEN_CALLS = `
  UPDATE background_calls SET state = 'interrupted', ended_at = now() WHERE state IN ('waiting', 'running')`;

/** They may have been used since the backup was made, and one approval is for one run. */
const LOSE_APPROVALS = `UPDATE approvals SET state = 'lost' WHERE state IN ('approved', 'running')`;

interface RestoreTask extends BackupTask {
  /** Whether what the store holds may be lost. */
  replace: boolean;
  /** Of the services' tables. */
  migrations: readonly StoreMigrationClass[];
}

/**
 * Makes the store and its files what a backup holds: all of it, in one transaction, or nothing. The archive is checked
 * from end to end before anything is touched. Throws a StartError that a person can act on.
 */
export async function restore(path: string, task: RestoreTask): Promise<void> {
  const archive = await VerifiedArchive.open(path);
  const { createdAt, gatewayVersion } = archive.manifest;
  task.say(`${path} is whole: made on ${createdAt} by the gateway ${gatewayVersion}`);
  // a gateway that runs here holds the directory
  task.directory.acquire();
  const files = new RestoredFiles(task.directory);
  try {
    await new Restore(archive, files, task).run();
  } finally {
    files.discard();
    task.directory.release();
  }
  task.say('The restore is complete. Start the gateway; every API key of the backup works again.');
}

class Restore {
  private readonly manifest: Manifest;
  private readonly entries: AsyncGenerator<ArchiveEntry, undefined>;

  constructor(
    archive: VerifiedArchive,
    private readonly files: RestoredFiles,
    private readonly task: RestoreTask,
  ) {
    this.manifest = archive.manifest;
    this.entries = archive.entries();
  }

  async run(): Promise<void> {
    const { databaseUrl, directory, secretKey, signal } = this.task;
    try {
      for (const { name } of this.manifest.parts) {
        if (name.startsWith(FILES)) await this.files.stage(await this.next(), signal);
      }
      this.files.checkSecret(this.manifest.secretFingerprint, secretKey);
      if (databaseUrl !== undefined) await this.into(databaseUrl);
      else await withServer(directory, (server) => this.into(server.gatewayUrl));
    } finally {
      await this.entries.return(undefined);
    }
  }

  private async into(url: string): Promise<void> {
    const source = makeDataSource(url, { migrations: this.task.migrations, connections: 2 });
    try {
      await source.initialize();
      const runner = source.createQueryRunner();
      const client = (await runner.connect()) as PoolClient;
      client.on('error', () => undefined);
      try {
        await runner.startTransaction();
        await this.fill(runner, client, new SchemaHistory(source, runner));
        this.files.placeSecret();
        await runner.commitTransaction();
      } catch (error) {
        await runner.rollbackTransaction().catch(() => undefined);
        throw error;
      } finally {
        await runner.release();
      }
      for (const aside of this.files.placeRest()) this.task.say(`The audit's files that were here are in ${aside} now`);
    } catch (error) {
      throw explained(error);
    } finally {
      if (source.isInitialized) await source.destroy();
    }
  }

  private async fill(runner: QueryRunner, client: PoolClient, history: SchemaHistory): Promise<void> {
    await client.query(TRANSACTION_SETTINGS);
    await refuseUnderGateway(client);
    this.refuseUnknown(this.manifest.migrations, history, 'The backup');
    if (await runner.hasTable(MIGRATIONS)) this.refuseUnknown(await history.done(), history, 'The store');
    const foreign = await this.clear(runner, client, history);
    await history.run(this.manifest.migrations);
    await this.load(client, foreign);
    for (const { name, value, called } of this.manifest.sequences) {
      if (foreign.has(name)) continue;
      await client.query('SELECT setval(to_regclass(quote_ident($1)), $2, $3)', [name, value, called]);
    }
    const before = this.manifest.migrations.length;
    await history.run();
    const more = history.known.length - before;
    if (more > 0) this.task.say(`${more} newer migrations have run on the restored data`);
    await this.endOpenCalls(client);
  }

  private async endOpenCalls(client: PoolClient): Promise<void> {
    const calls = await client.query(INTERRUPT_OPEN_CALLS);
    if (calls.rowCount) this.task.say(`${calls.rowCount} calls in the background were open, and are not run again`);
    const approvals = await client.query(LOSE_APPROVALS);
    if (approvals.rowCount) this.task.say(`${approvals.rowCount} approvals were not used up, and are good no more`);
  }

  private refuseUnknown(migrations: readonly string[], { known }: SchemaHistory, what: string): void {
    const unknown = migrations.filter((name) => !known.includes(name));
    if (unknown.length === 0) return;
    const by = what === 'The backup' ? `the gateway ${this.manifest.gatewayVersion}` : 'a newer gateway';
    throw new StartError(
      `${what} was made by ${by}, and this gateway (${this.task.version}) does not know ${unknown.join(', ')}. Restore with ` +
        'that version. Nothing was changed.',
    );
  }

  /**
   * Takes away what the gateway's own migrations made. Answers the names of what is left: it belongs to somebody else
   * who shares the schema.
   */
  private async clear(runner: QueryRunner, client: PoolClient, history: SchemaHistory): Promise<ReadonlySet<string>> {
    const counts = await countRows(client, await listTables(client));
    if (await runner.hasTable(MIGRATIONS)) {
      await history.undo();
      await client.query(`DROP TABLE ${MIGRATIONS}`);
    }
    const left = [...(await listTables(client)), ...(await listSequences(client))];
    const foreign = new Set(left.map(({ name }) => name));
    const lost = [...counts]
      .filter(([name, rows]) => !foreign.has(name) && name !== MIGRATIONS && rows > 0)
      .map(([name, rows]) => `${name}: ${rows} rows`);
    if (this.files.auditInTheWay) lost.push('the audit’s files in the data directory');
    if (lost.length > 0 && !this.task.replace) {
      throw new StartError(
        `There is data already (${lost.join(', ')}). Nothing was changed. Restore into an empty store, or add --replace to ` +
          'lose what is there.',
      );
    }
    for (const line of lost) this.task.say(`Replaced: ${line}`);
    return foreign;
  }

  private async load(client: PoolClient, foreign: ReadonlySet<string>): Promise<void> {
    const present = (await listTables(client)).map(({ name }) => name).filter((name) => !foreign.has(name));
    // migrations may have filled some, and each that ran left its mark
    await client.query(`TRUNCATE ${present.map((name) => client.escapeIdentifier(name)).join(', ')}`);
    for (const table of this.manifest.tables) {
      if (present.includes(table.name)) await this.loadTable(client, table);
      else await this.skip(table);
    }
  }

  private async loadTable(client: PoolClient, { name, columns, rows, chunks }: TableFacts): Promise<void> {
    const table = client.escapeIdentifier(name);
    const list = columns.map((column) => client.escapeIdentifier(column)).join(', ');
    // what triggers did to these rows is in them already
    await client.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
    const target = client.query(copyFrom(`COPY ${table} (${list}) FROM STDIN`));
    await pipeline(this.contents(chunks), target, { signal: this.task.signal });
    await client.query(`ALTER TABLE ${table} ENABLE TRIGGER USER`);
    if (target.rowCount !== rows) throw new Error(`${name} took ${target.rowCount} rows of ${rows}`);
    this.task.say(`${name}: ${rows} rows`);
  }

  private async skip({ name, rows, chunks }: TableFacts): Promise<void> {
    await passOver(this.contents(chunks));
    this.task.say(`${name}: ${rows} rows left out, since it is no table of the gateway`);
  }

  private async *contents(chunks: number): AsyncGenerator<Buffer> {
    for (let chunk = 0; chunk < chunks; chunk++) yield* (await this.next()).content;
  }

  private async next(): Promise<ArchiveEntry> {
    const { value } = await this.entries.next();
    if (value === undefined) throw new Error('The archive ends before its manifest says');
    return value;
  }
}
