import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StoreMigration, StoreMigrationClass } from '#libs/kit';
import { DataDirectory } from '../libs/core/src/store/data-directory.js';
import { EmbeddedServer } from '../libs/core/src/store/embedded/embedded-server.js';
import { migrate } from '../libs/core/src/store/schema/migrate.js';
import { migrateDown, showSchema } from '../libs/core/src/store/schema/schema-command.js';
import { Store } from '../libs/core/src/store/store.js';
import { asSuperuser, createDatabase, type TestDatabase } from './database.js';

type Statements = Parameters<StoreMigration['up']>[0];

/** Of the next version: what the version before can live with. */
class Colours1999000000000 implements StoreMigration {
  readonly name = 'Colours1999000000000';
  up = (sql: Statements) => sql.query('ALTER TABLE api_keys ADD COLUMN colour text') as Promise<void>;
  down = (sql: Statements) => sql.query('ALTER TABLE api_keys DROP COLUMN colour') as Promise<void>;
}

/** Of the next version: what it can't live with. */
class BreakingNames1999000000001 implements StoreMigration {
  readonly name = 'BreakingNames1999000000001';
  up = (sql: Statements) => sql.query('ALTER TABLE api_keys RENAME name TO label') as Promise<void>;
  down = (sql: Statements) => sql.query('ALTER TABLE api_keys RENAME label TO name') as Promise<void>;
}

const NOWHERE = new DataDirectory('/nowhere');
let database: TestDatabase;
let started: Store[];

beforeEach(async () => {
  database = await createDatabase();
  started = [];
});
afterEach(async () => {
  for (const store of started) await store.stop();
  await database.drop();
});

function gateway(...migrations: StoreMigrationClass[]): Store {
  const settings = {
    databaseUrl: database.url,
    dataDir: undefined,
    secretKey: undefined,
    secretKeyPrevious: undefined,
  };
  const store = new Store(settings, new EmbeddedServer(NOWHERE), migrations);
  started.push(store);
  return store;
}

const keys = (store: Store) => store.run((manager) => manager.query<unknown[]>('SELECT name FROM api_keys'));
const task = (migrations: StoreMigrationClass[], say: (line: string) => void = () => undefined) => ({
  directory: NOWHERE,
  databaseUrl: database.url,
  migrations,
  say,
});

describe('a gateway and the one of the next version', () => {
  it('work side by side where it only adds, and the old one starts again after it', async () => {
    const old = gateway();
    await old.start();
    const next = gateway(Colours1999000000000);
    await next.start();
    expect(await keys(old)).toEqual([]);
    await old.stop();
    await old.start();
    expect(old.status().state).toBe('ready');
    const told: string[] = [];
    await showSchema(task([], (line) => told.push(line)));
    expect(told.at(-1)).toBe('newer    Colours1999000000000');
  });

  it('don’t where it breaks: the old one has to be stopped first', async () => {
    const old = gateway();
    await old.start();
    const next = gateway(BreakingNames1999000000001);
    await expect(next.start()).rejects.toThrow(
      "The gateways that work on this store can't live with BreakingNames1999000000001. Stop all of them, then start this one.",
    );
    expect(await keys(old)).toEqual([]);
    await old.stop();
    await next.start();
    await expect(old.start()).rejects.toThrow(/^The store belongs to a newer gateway.*BreakingNames1999000000001/);
  });

  it('keep apart where the old one was cut off while it broke', async () => {
    const old = gateway();
    await old.start();
    // its connections are gone, and those that it makes are refused
    await asSuperuser('postgres', `ALTER DATABASE ${database.name} ALLOW_CONNECTIONS false`);
    await asSuperuser(
      'postgres',
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database.name}'`,
    );
    await vi.waitFor(() => expect(old.status().state).toBe('down'), 10_000);
    const mended = `ALTER DATABASE ${database.name} ALLOW_CONNECTIONS true`;
    await asSuperuser('postgres', mended);
    await asSuperuser(
      database.name,
      `INSERT INTO migrations (timestamp, name) VALUES (1999000000001, 'BreakingNames1999000000001')`,
    );
    await vi.waitFor(() => expect(old.status().reason).toMatch(/^The store belongs to a newer gateway/), 10_000);
    await expect(keys(old)).rejects.toMatchObject({ kind: 'unavailable' });
  });
});

it('several gateways that start at the same time migrate once, a breaking step too', async () => {
  const several = [1, 2, 3].map(() => gateway(Colours1999000000000, BreakingNames1999000000001));
  await Promise.all(several.map((store) => store.start()));
  const done = await asSuperuser(
    database.name,
    'SELECT count(*)::int AS all, count(DISTINCT name)::int AS once FROM migrations',
  );
  expect(done[0]!.all).toBe(done[0]!.once);
});

describe('a step that waits for a table', () => {
  const waitsForLock = `SELECT count(*)::int AS count FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'ALTER%'`;
  let holder: Client;

  /** Somebody who has read a table and has not said goodbye. */
  beforeEach(async () => {
    const old = gateway();
    await old.start();
    holder = new Client({ connectionString: database.url, application_name: 'psql of ann' });
    await holder.connect();
    await holder.query('BEGIN; SELECT FROM api_keys');
  });
  afterEach(() => holder.end());

  it('holds up those who read it for a second at most, and is done when the table is free', async () => {
    const [old] = started as [Store];
    const next = gateway(Colours1999000000000);
    const starting = next.start();
    await vi.waitFor(async () => {
      expect((await asSuperuser(database.name, waitsForLock))[0]).toEqual({ count: 1 });
    }, 10_000);
    expect(await keys(old)).toEqual([]);
    await holder.query('COMMIT');
    await starting;
    expect(next.status().state).toBe('ready');
  });

  it('is given up in the end, which says who is in the way, and changes nothing', async () => {
    const line = new Client({ connectionString: database.url });
    await line.connect();
    const told: string[] = [];
    const patience = { lockMs: 20, pauseMs: 10, tries: 3 };
    const migrating = migrate(line, database.url, [Colours1999000000000], (text) => told.push(text), patience);
    await expect(migrating).rejects.toThrow(
      /^The store can't be migrated \(Colours1999000000000\): its tables are locked.* in 3 tries\. .* process \d+ \(psql of ann, idle in transaction\), open for \d seconds\. .*This step has changed nothing\.$/,
    );
    expect(told).toEqual([
      expect.stringMatching(/^Migrating the store waits for a lock on its tables\. .*psql of ann/),
    ]);
    await holder.query('COMMIT');
    await migrate(line, database.url, [Colours1999000000000], (text) => told.push(text), patience);
    expect(told.at(-1)).toBe('Migrated the store: Colours1999000000000');
    await line.end();
  });
});

describe('a way back', () => {
  it('leads over the last steps, one and more', async () => {
    const next = [Colours1999000000000, BreakingNames1999000000001];
    const store = gateway(...next);
    await store.start();
    await store.stop();
    const told: string[] = [];
    await migrateDown(
      2,
      false,
      task(next, (line) => told.push(line)),
    );
    expect(told).toEqual(['Undone: BreakingNames1999000000001', 'Undone: Colours1999000000000']);
    const old = gateway();
    await old.start();
    expect(await keys(old)).toEqual([]);
  });

  it('is not gone by a version that does not know the step', async () => {
    const store = gateway(Colours1999000000000);
    await store.start();
    await store.stop();
    await expect(migrateDown(1, true, task([]))).rejects.toThrow(
      'Colours1999000000000 can only be undone by the version that brought them.',
    );
  });
});
