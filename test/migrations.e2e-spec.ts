import { readFileSync } from 'node:fs';
import type { QueryRunner } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrationsOfServices } from '../libs/core/src/catalog/declared-by-services.js';
import { DataDirectory } from '../libs/core/src/store/data-directory.js';
import { makeDataSource } from '../libs/core/src/store/data-source.js';
import { knownMigrations } from '../libs/core/src/store/schema/known-migrations.js';
import { migrateDown, migrateUp } from '../libs/core/src/store/schema/schema-command.js';
import { SchemaHistory } from '../libs/core/src/store/schema/schema-history.js';
import { services } from '../libs/services/src/index.js';
import { createDatabase, type TestDatabase } from './database.js';
import { ADMIN_KEY, startGateway } from './gateway.js';
import { columnsOf, fill, rowsOf, type Column } from './store-rows.js';

const migrations = migrationsOfServices(services);
const known = knownMigrations(migrations);
const FIRST = 'ApiKeys1732147200000';

describe('with rows in every table of its time', () => {
  let database: TestDatabase;
  let source: ReturnType<typeof makeDataSource>;
  let runner: QueryRunner;
  let history: SchemaHistory;

  beforeAll(async () => {
    database = await createDatabase();
    source = makeDataSource(database.url, { migrations, connections: 2 });
    await source.initialize();
    runner = source.createQueryRunner();
    history = new SchemaHistory(source, runner);
  });
  afterAll(async () => {
    await runner.release();
    await source.destroy();
    await database.drop();
  });

  /** Does a step, and looks whether each row is as it was, in all columns that are there before and after it. */
  async function keepingRows(step: () => Promise<unknown>): Promise<Column[]> {
    const before = await columnsOf(runner);
    const rows = await rowsOf(runner, before);
    await step();
    const after = await columnsOf(runner);
    const common = before.filter(({ id }) => after.some((column) => column.id === id));
    expect(await rowsOf(runner, common)).toEqual(pick(rows, common));
    return after.filter(({ id }) => !before.some((column) => column.id === id));
  }

  async function forward(fromFirst: boolean): Promise<void> {
    for (const [index, name] of known.entries()) {
      if (fromFirst && index === 0) continue;
      const added = await keepingRows(() => history.run(known.slice(0, index + 1)));
      expect((await history.done())[0]).toBe(name);
      await fill(runner, new Set(added.map(({ table }) => table)));
    }
  }

  it('goes forward step by step', async () => {
    expect(known[0]).toBe(FIRST);
    await forward(false);
    const rows = await rowsOf(runner, await columnsOf(runner));
    expect(Object.values(rows).every((some) => some.length > 0)).toBe(true);
    expect(Object.keys(rows)).toContain('mem0_memories');
  });

  it('goes back to the first step by step, and forward again with what was kept', async () => {
    for (let left = known.length; left > 1; left -= 1) await keepingRows(() => history.undo(1));
    expect(await history.done()).toEqual([FIRST]);
    const columns = await columnsOf(runner);
    expect(new Set(columns.map(({ table }) => table))).toEqual(new Set(['api_keys']));
    expect((await rowsOf(runner, columns)).api_keys).toHaveLength(2);
    await forward(true);
  });

  it('has the tables that the entities describe at its end', async () => {
    const drift = await source.driver.createSchemaBuilder().log();
    expect(drift.upQueries.map(({ query }) => query)).toEqual([]);
  });
});

describe('the store of a gateway', () => {
  const say = () => undefined;

  it('goes back to the first schema and forward again, and its keys still open', async () => {
    const database = await createDatabase();
    const place = { directory: new DataDirectory('/nowhere'), databaseUrl: database.url, migrations, say };
    const gateway = await startGateway({ env: { DATABASE_URL: database.url } });
    const { body } = await gateway.post(
      '/admin/api-keys',
      { name: 'agent', permissions: ['read'], limits: { perMinute: 500 } },
      { 'x-mcp-key': ADMIN_KEY },
    );
    const { id, key } = body as { id: string; key: string };
    const back = (lose: boolean) => migrateDown(known.length - 1, lose, place);
    await expect(back(true)).rejects.toThrow('A gateway is using this store. Stop it first. Nothing was changed.');
    await gateway.gateway.stop();
    await expect(back(false)).rejects.toThrow(
      /^This would lose .*api_keys\.limits.*Nothing was changed\. .*--lose-data\.$/,
    );
    await back(true);
    await gateway.restart();
    expect((await gateway.post('/api/services/gateway/echo', { message: 'x' }, { 'x-mcp-key': key })).status).toBe(200);
    const kept = (await gateway.get(`/admin/api-keys/${id}`, { 'x-mcp-key': ADMIN_KEY })).body;
    expect(kept).toMatchObject({ name: 'agent', permissions: ['read'] });
    expect(kept).not.toHaveProperty('limits.perMinute');
    await gateway.close();
    await database.drop();
  });

  it('is brought to this version ahead of any gateway', async () => {
    const database = await createDatabase();
    const told: string[] = [];
    const place = { directory: new DataDirectory('/nowhere'), databaseUrl: database.url, migrations };
    await migrateUp({ ...place, say: (line) => told.push(line) });
    expect(told).toEqual([
      ...known.map((name) => `Migrated the store: ${name}`),
      'The store has all that this version needs',
    ]);
    await database.drop();
  });
});

it('what 0.1.0 did to the store is never changed', async () => {
  const { names, columns } = JSON.parse(readFileSync('test/snapshots/schema-0.1.0.json', 'utf8')) as Released;
  expect(known.filter((name) => names.includes(name))).toEqual(names);
  const database = await createDatabase();
  const source = makeDataSource(database.url, { migrations, connections: 2 });
  await source.initialize();
  const runner = source.createQueryRunner();
  await new SchemaHistory(source, runner).run(names);
  const made = (await columnsOf(runner)).map(({ id, type, optional }) => `${id} ${type}${optional ? '' : ' NOT NULL'}`);
  await runner.release();
  await source.destroy();
  await database.drop();
  expect(made).toEqual(columns);
});

interface Released {
  names: string[];
  columns: string[];
}

function pick(rows: Awaited<ReturnType<typeof rowsOf>>, columns: readonly Column[]) {
  const picked: typeof rows = {};
  for (const { table, name } of columns) {
    picked[table] ??= (rows[table] ?? []).map(() => ({}));
    for (const [index, row] of (rows[table] ?? []).entries()) picked[table][index]![name] = row[name] ?? null;
  }
  return picked;
}
