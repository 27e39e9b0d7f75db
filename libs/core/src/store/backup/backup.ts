import { createHash } from 'node:crypto';
import { access, constants, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { StartError } from '#libs/kit';
import { migrationsOf } from '../schema/newer-schema.js';
import { SecretKey } from '../secret-key.js';
import { writeArchive, type ArchiveEntry } from './archive-writer.js';
import { keptFiles, SECRET_FILE } from './kept-files.js';
import { chunkName, FILES, FORMAT, MANIFEST, type Manifest, type Part, type TableFacts } from './manifest.js';
import { withExistingStore, type StorePlace } from './store-access.js';
import { listSequences, listTables, type StoreTable } from './store-tables.js';

/** Of a table; what is held in memory at once, but for a single row that is larger. */
const CHUNK_BYTES = 4 * 1024 * 1024;

export interface BackupTask extends StorePlace {
  /** MCP_SECRET_KEY, where it is set. */
  secretKey: string | undefined;
  /** Of this gateway. */
  version: string;
  /** Told what is done, line by line. */
  say: (line: string) => void;
  signal: AbortSignal;
}

/** Saves the store and the files that belong to it, as they are at one moment. Throws a StartError a person can act on. */
export async function backUp(path: string, task: BackupTask): Promise<void> {
  await access(dirname(path), constants.W_OK).catch((error: unknown) => {
    throw new StartError(`${dirname(path)} can’t be written to (${(error as NodeJS.ErrnoException).code}).`, {
      cause: error,
    });
  });
  await withExistingStore(task, async (client) => {
    await writeArchive(path, new Backup(client, task).entries(), task.signal);
  });
  const { size } = await stat(path);
  task.say(`${path} is complete, ${size} bytes`);
}

class Backup {
  private readonly parts: Part[] = [];

  constructor(
    private readonly client: Client,
    private readonly task: BackupTask,
  ) {}

  /** Files come first: what the audit's files hand to the store meanwhile is then in both, and never in neither. */
  async *entries(): AsyncGenerator<ArchiveEntry> {
    const { directory, secretKey, version, say } = this.task;
    const names = keptFiles(directory).filter((name) => name !== SECRET_FILE || secretKey === undefined);
    const secret =
      secretKey !== undefined || names.includes(SECRET_FILE) ? new SecretKey(secretKey, directory) : undefined;
    yield* this.files(names);

    await this.client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await this.client.query(TRANSACTION_SETTINGS);
    const migrations = await this.migrations();
    const tables: TableFacts[] = [];
    for (const [index, table] of (await listTables(this.client)).entries()) {
      tables.push(yield* this.table(index, table));
    }
    const manifest: Manifest = {
      format: FORMAT,
      gatewayVersion: version,
      createdAt: new Date().toISOString(),
      migrations,
      secretFingerprint: secret ? fingerprintOf(secret) : null,
      tables,
      sequences: await listSequences(this.client),
      parts: this.parts,
    };
    await this.client.query('COMMIT');
    yield plain(MANIFEST, Buffer.from(JSON.stringify(manifest, null, 2)));
    say(secretAdvice(secretKey !== undefined, names.includes(SECRET_FILE)));
  }

  private async *files(names: readonly string[]): AsyncGenerator<ArchiveEntry> {
    for (const name of names) {
      // opened before its size is told, and read as far as that: the audit goes on writing, and removes what it is done with
      const file = await open(this.task.directory.path(name)).catch(() => undefined);
      if (!file) continue;
      try {
        const { size } = await file.stat();
        const content = size === 0 ? nothing() : file.createReadStream({ end: size - 1, autoClose: false });
        yield this.recorded({ name: FILES + name, size, content: content as AsyncIterable<Buffer> });
        this.task.say(`${name}: ${size} bytes`);
      } finally {
        await file.close();
      }
    }
  }

  private async *table(index: number, { name, columns }: StoreTable): AsyncGenerator<ArchiveEntry, TableFacts> {
    const list = columns.map((column) => this.client.escapeIdentifier(column)).join(', ');
    const from = this.client.escapeIdentifier(name);
    // a query and not the table by itself, which a partitioned one would refuse
    const rows = this.client.query(copyTo(`COPY (SELECT ${list} FROM ${from}) TO STDOUT`));
    let chunks = 0;
    for await (const chunk of inChunks(rows)) {
      yield this.recorded(plain(chunkName(index, name, chunks), chunk));
      chunks += 1;
    }
    this.task.say(`${name}: ${rows.rowCount} rows`);
    return { name, columns, rows: rows.rowCount, chunks };
  }

  private async migrations(): Promise<string[]> {
    const done = await migrationsOf(this.client);
    if (done.length > 0) return done;
    throw new StartError('The store is empty: no gateway has used it yet. Check DATABASE_URL and DATA_DIR.');
  }

  /** The entry, whose checksum goes to the manifest as it is read. */
  private recorded(entry: ArchiveEntry): ArchiveEntry {
    const { parts } = this;
    async function* content() {
      const hash = createHash('sha256');
      for await (const bytes of entry.content) {
        hash.update(bytes);
        yield bytes;
      }
      parts.push({ name: entry.name, size: entry.size, sha256: hash.digest('hex') });
    }
    return { ...entry, content: content() };
  }
}

/** Whatever the role's own settings are: values are read as every PostgreSQL writes them, however long it takes. */
export const TRANSACTION_SETTINGS = `
  SET LOCAL statement_timeout = 0;
  SET LOCAL idle_in_transaction_session_timeout = 0;
  SET LOCAL DateStyle = 'ISO';
  SET LOCAL IntervalStyle = 'postgres';
  SET LOCAL TimeZone = 'UTC';
  SET LOCAL bytea_output = 'hex'`;

/** Tells one secret from another and nothing else about it. */
export function fingerprintOf(secret: SecretKey): string {
  return secret.derive('backup fingerprint', 16).toString('hex');
}

async function* inChunks(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let bytes = 0;
  for await (const piece of source) {
    held.push(piece);
    bytes += piece.length;
    if (bytes < CHUNK_BYTES) continue;
    yield Buffer.concat(held);
    held = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(held);
}

function plain(name: string, bytes: Buffer): ArchiveEntry {
  async function* content() {
    yield bytes;
  }
  return { name, size: bytes.length, content: content() };
}

async function* nothing(): AsyncGenerator<Buffer> {
  // an empty file
}

function secretAdvice(given: boolean, archived: boolean): string {
  if (given) return 'MCP_SECRET_KEY is NOT in the archive: keep it apart; without it no API key of this backup works.';
  if (archived) return 'The archive holds secrets (the key under which API keys are stored): keep it as safe as those.';
  return 'No secret was made yet, so the archive holds none.';
}
