import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SchemaHistory } from './schema-history.js';

class First1700000000000 implements MigrationInterface {
  readonly name = 'First1700000000000';
  up = (runner: QueryRunner) => runner.query('CREATE TABLE first (id int)');
  down = (runner: QueryRunner) => runner.query('DROP TABLE first');
}

class Second1700000000001 implements MigrationInterface {
  readonly name = 'Second1700000000001';
  up = (runner: QueryRunner) => runner.query('ALTER TABLE first ADD COLUMN more int NOT NULL DEFAULT 7');
  down = (runner: QueryRunner) => runner.query('ALTER TABLE first DROP COLUMN more');
}

const server = process.env.TEST_DATABASE_URL!;
const name = `history_${randomBytes(6).toString('hex')}`;
let source: DataSource;
let runner: QueryRunner;

async function onServer(sql: string): Promise<void> {
  const client = new Client({ connectionString: server });
  await client.connect();
  await client.query(sql);
  await client.end();
}

beforeAll(async () => {
  await onServer(`CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = name;
  source = new DataSource({
    type: 'postgres',
    url: url.href,
    installExtensions: false,
    migrations: [First1700000000000, Second1700000000001],
  });
  await source.initialize();
  runner = source.createQueryRunner();
});
afterAll(async () => {
  await runner.release();
  await source.destroy();
  await onServer(`DROP DATABASE ${name}`);
});

it('goes as far as it is told, then on with the data, and back, all in one transaction', async () => {
  const history = new SchemaHistory(source, runner);
  expect(history.known).toEqual(['First1700000000000', 'Second1700000000001']);
  await runner.startTransaction();
  await history.run(['First1700000000000']);
  expect(await history.done()).toEqual(['First1700000000000']);
  await runner.query('INSERT INTO first VALUES (1)');

  await history.run();
  expect(await runner.query('SELECT * FROM first')).toEqual([{ id: 1, more: 7 }]);

  await history.undo();
  expect(await history.done()).toEqual([]);
  expect(await runner.hasTable('first')).toBe(false);
  await runner.rollbackTransaction();
  expect(await runner.hasTable('migrations')).toBe(false);
});
