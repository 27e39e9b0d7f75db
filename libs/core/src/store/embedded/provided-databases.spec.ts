import { rmSync } from 'node:fs';
import { Client, type ClientConfig } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataDirectory } from '../data-directory.js';
import { temporaryDirectory } from '../testing/child-programs.js';
import { EmbeddedServer } from './embedded-server.js';
import { ProvidedDatabases } from './provided-databases.js';

const SEED = `
  CREATE TABLE lessons (id int PRIMARY KEY, title text);
  INSERT INTO lessons SELECT n, 'Lesson ' || n FROM generate_series(1, 100) n;
  CREATE VIEW first_lesson AS SELECT * FROM lessons WHERE id = 1;
  CREATE SCHEMA archive;
  CREATE TABLE archive.old_lessons (id int);`;

async function query(config: ClientConfig, ...statements: string[]): Promise<Record<string, unknown>[]> {
  const client = new Client(config);
  await client.connect();
  try {
    let rows: Record<string, unknown>[] = [];
    for (const sql of statements) ({ rows } = await client.query<Record<string, unknown>>(sql));
    return rows;
  } finally {
    await client.end();
  }
}

describe('ProvidedDatabases', () => {
  let location: string;
  let server: EmbeddedServer;
  let databases: ProvidedDatabases;

  beforeAll(async () => {
    location = temporaryDirectory();
    server = new EmbeddedServer(new DataDirectory(location));
    await server.start();
    databases = new ProvidedDatabases(server, true);
  });

  afterAll(async () => {
    await server.stop();
    rmSync(location, { recursive: true });
  });

  it('fills a database once, for all who ask at the same time and later', async () => {
    const [one, two] = await Promise.all([databases.provide('once', SEED), databases.provide('once', SEED)]);
    const later = await new ProvidedDatabases(server, true).provide('once', 'SELECT 1 / 0');
    expect(two).toEqual(one);
    expect(later).toMatchObject({ database: 'once', user: 'once_reader' });
    expect(await query(later, 'SELECT count(*)::int FROM lessons')).toEqual([{ count: 100 }]);
  });

  it('lets its reader read everything that the seed made', async () => {
    const reader = await databases.provide('read', SEED);
    expect(await query(reader, 'SELECT * FROM first_lesson')).toEqual([{ id: 1, title: 'Lesson 1' }]);
    expect(await query(reader, 'SELECT * FROM archive.old_lessons')).toEqual([]);
    expect(await query(reader, `SELECT reltuples FROM pg_class WHERE relname = 'lessons'`)).toEqual([
      { reltuples: 100 },
    ]);
    expect(await query(reader, 'SHOW default_transaction_read_only')).toEqual([
      { default_transaction_read_only: 'on' },
    ]);
  });

  it.each([
    ['insert', `INSERT INTO lessons VALUES (101, 'more')`],
    ['update', `UPDATE lessons SET title = ''`],
    ['delete', 'DELETE FROM lessons'],
    ['truncate', 'TRUNCATE lessons'],
    ['create a table', 'CREATE TABLE mine (id int)'],
    ['create a table in another schema', 'CREATE TABLE archive.mine (id int)'],
    ['create a schema', 'CREATE SCHEMA mine'],
    ['create a temporary table', 'CREATE TEMPORARY TABLE mine (id int)'],
    ['create a role', 'CREATE ROLE mine'],
    ['fill the disk', 'SET temp_file_limit = -1'],
    ['make a large object', 'SELECT lo_create(0)'],
    ['make a large object from bytes', `SELECT lo_from_bytea(0, 'x')`],
    ['become its owner', 'SET ROLE read_owner'],
    ['become the gateway', 'SET ROLE gateway'],
    ['become the superuser', 'SET SESSION AUTHORIZATION gateway_admin'],
    ['read password hashes', 'SELECT * FROM pg_authid'],
    ['read files', `SELECT pg_read_file('PG_VERSION')`],
    ['run programs', `COPY (SELECT 1) TO PROGRAM 'true'`],
    ['read files by COPY', `COPY lessons TO '/tmp/never'`],
  ])('does not let its reader %s, in a transaction that may write', async (_what, sql) => {
    const reader = await databases.provide('read', SEED);
    await expect(query(reader, 'SET default_transaction_read_only = off', sql)).rejects.toThrow(/permission denied/);
  });

  it.each(['gateway', 'postgres', 'template1', 'once'])('does not let its reader connect to %s', async (database) => {
    await databases.provide('once', SEED);
    const reader = await databases.provide('read', SEED);
    await expect(query({ ...reader, database })).rejects.toMatchObject({ code: '42501' });
  });

  it('starts from scratch after a seed that failed half way', async () => {
    await expect(databases.provide('again', `${SEED} COMMIT; BEGIN; SELECT 1 / 0`)).rejects.toThrow('division by zero');
    const reader = await databases.provide('again', SEED);
    expect(await query(reader, 'SELECT count(*)::int FROM lessons')).toEqual([{ count: 100 }]);
  });

  it('starts from scratch after a server that crashed half way', async () => {
    await expect(databases.provide('crash', `${SEED} SELECT pg_terminate_backend(pg_backend_pid())`)).rejects.toThrow();
    const reader = await databases.provide('crash', SEED);
    expect(await query(reader, 'SELECT count(*)::int FROM lessons')).toEqual([{ count: 100 }]);
  });

  it.each(['gateway', 'postgres', 'Upper', 'a"b', ''])('refuses to call a database "%s"', async (name) => {
    await expect(databases.provide(name, SEED)).rejects.toThrow(`can't be called "${name}"`);
  });

  it('waits for the server to start, and answers that it is not up once it has been', async () => {
    const directory = temporaryDirectory();
    const home = new DataDirectory(directory);
    const late = new EmbeddedServer(home);
    const waiting = new ProvidedDatabases(late, true).provide('read', SEED);
    await late.start();
    expect(await query(await waiting, 'SELECT count(*)::int FROM lessons')).toEqual([{ count: 100 }]);
    await late.stop();
    await expect(new ProvidedDatabases(late, true).provide('read', SEED)).rejects.toMatchObject({
      kind: 'unavailable',
    });
    home.release();
    rmSync(directory, { recursive: true });
  });

  it('answers that there is no server where the operator has one', async () => {
    const none = new ProvidedDatabases(server, false);
    await expect(none.provide('read', SEED)).rejects.toMatchObject({ kind: 'not-configured' });
  });
});
