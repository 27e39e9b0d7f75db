import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asSuperuser, createDatabase, type TestDatabase } from './database.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';

const page = readFileSync('docs/security.md', 'utf8');

let database: TestDatabase;
let gateway: TestGateway;
let reader: string;
let writer: string;

/** Runs the very SQL of the page on our database, with a role of our own name, which is answered. */
async function runFromPage(which: 'reader' | 'writer'): Promise<string> {
  const sql = new RegExp(`<!-- role: ${which} -->\\s+\`\`\`sql\\n(.*?)\`\`\``, 's').exec(page)![1]!;
  const role = `${database.name}_${which}`;
  await asSuperuser(database.name, sql.replaceAll(`gateway_${which}`, role).replaceAll('shop', database.name));
  return role;
}

function urlOf(role: string): string {
  const url = new URL(database.url);
  url.username = role;
  url.password = 'change-me';
  return url.href;
}

beforeAll(async () => {
  database = await createDatabase(
    `CREATE TABLE goods (id serial PRIMARY KEY, name text); INSERT INTO goods (name) VALUES ('tea')`,
  );
  reader = await runFromPage('reader');
  writer = await runFromPage('writer');
  await asSuperuser(database.name, `CREATE TABLE later (id serial PRIMARY KEY); INSERT INTO later DEFAULT VALUES`);
  gateway = await startGateway({
    env: {
      POSTGRES_READING_URL: urlOf(reader),
      POSTGRES_READING_WRITE: 'true',
      POSTGRES_WRITING_URL: urlOf(writer),
      POSTGRES_WRITING_WRITE: 'true',
    },
  });
});
afterAll(async () => {
  await gateway.close();
  for (const role of [reader, writer]) await asSuperuser(database.name, `DROP OWNED BY ${role}; DROP ROLE ${role}`);
  await database.drop();
});

async function call(operation: 'query' | 'execute' | 'health-check', input: object): Promise<unknown> {
  const { status, body } = await gateway.post(`/api/services/postgres/${operation}`, input);
  const { data, error } = body as { data?: unknown; error?: { message: string } };
  return { status, ...(data === undefined ? { message: error?.message } : { data }) };
}

describe.each(['reading', 'writing'])('the role for %s', (name) => {
  it.each([
    ['a table that was there', 'SELECT name FROM goods WHERE id = 1', [{ name: 'tea' }]],
    ['a table that came later', 'SELECT id FROM later', [{ id: 1 }]],
    ['its own limits', `SELECT current_setting('is_superuser') AS root`, [{ root: 'off' }]],
  ])('reads %s', async (_what, query, rows) => {
    expect(await call('query', { database: name, query })).toMatchObject({ status: 200, data: { rows } });
  });

  it('may not make tables', async () => {
    const answer = await call('execute', { database: name, query: 'CREATE TABLE mine (id int)' });
    expect(answer).not.toMatchObject({ status: 200 });
    expect(await asSuperuser(database.name, `SELECT to_regclass('mine') AS made`)).toEqual([{ made: null }]);
  });
});

it('the role for reading changes nothing, even where the gateway would let it', async () => {
  expect(
    await call('execute', { database: 'reading', query: `INSERT INTO goods (name) VALUES ('mud')` }),
  ).toMatchObject({
    status: 422,
    message: expect.stringMatching(/permission denied|read-only/) as unknown,
  });
  expect(await asSuperuser(database.name, `SELECT count(*)::int AS n FROM goods WHERE name = 'mud'`)).toEqual([
    { n: 0 },
  ]);
});

it('the role for reading sees what the health check looks at', async () => {
  expect(await call('health-check', { database: 'reading' })).toMatchObject({ status: 200 });
});

it('the role for writing changes rows, in tables that come later too', async () => {
  const statements = [
    `INSERT INTO goods (name) VALUES ('milk')`,
    `UPDATE goods SET name = 'oats' WHERE name = 'milk'`,
    `DELETE FROM goods WHERE name = 'oats'`,
    'INSERT INTO later DEFAULT VALUES',
  ];
  for (const query of statements) {
    expect(await call('execute', { database: 'writing', query }), query).toMatchObject({
      status: 200,
      data: { rowCount: 1 },
    });
  }
});

it('the role for writing can’t drop what it writes', async () => {
  const headers = { 'x-mcp-key': ADMIN_KEY };
  const { status } = await gateway.post(
    '/api/services/postgres/execute',
    { database: 'writing', query: 'DROP TABLE goods' },
    headers,
  );
  expect(status).toBe(422);
});
