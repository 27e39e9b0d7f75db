import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

export interface TestDatabase {
  /** Reached as the server's superuser. */
  url: string;
  name: string;
  /** Reached as a role that may only read; made on demand. */
  readerUrl(): Promise<string>;
  drop(): Promise<void>;
}

/** The PostgreSQL server of this test run, as its superuser. */
function serverUrl(): URL {
  const url = process.env.TEST_DATABASE_URL;
  if (!url) throw new Error('The set-up of the tests did not name a PostgreSQL server');
  return new URL(url);
}

/** A database of its own on the server of this test run, filled by `sql`. */
export async function createDatabase(sql = ''): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asSuperuser('postgres', `CREATE DATABASE ${name}`);
  if (sql) await asSuperuser(name, sql);
  const roles: string[] = [];
  return {
    name,
    url: urlOf(name),
    readerUrl: async () => {
      const role = `${name}_reader`;
      const password = randomBytes(12).toString('hex');
      if (roles.length > 0) throw new Error('This database has its reader already');
      roles.push(role);
      await asSuperuser(
        name,
        `CREATE ROLE ${role} LOGIN PASSWORD '${password}';
         GRANT USAGE ON SCHEMA public TO ${role};
         GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role};`,
      );
      return urlOf(name, role, password);
    },
    drop: async () => {
      await asSuperuser('postgres', `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      for (const role of roles) await asSuperuser('postgres', `DROP ROLE ${role}`);
    },
  };
}

/** Runs statements on the test run's server as its superuser, and answers the rows of the last one. */
export async function asSuperuser(database: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: urlOf(database) });
  await client.connect();
  try {
    const answer = (await client.query(sql)) as
      { rows: Record<string, unknown>[] } | { rows: Record<string, unknown>[] }[];
    return (Array.isArray(answer) ? answer.at(-1)?.rows : answer.rows) ?? [];
  } finally {
    await client.end();
  }
}

function urlOf(database: string, user?: string, password?: string): string {
  const url = serverUrl();
  url.pathname = `/${database}`;
  if (user !== undefined) url.username = user;
  if (password !== undefined) url.password = password;
  return url.href;
}
