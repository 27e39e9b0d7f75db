import { Logger } from '@nestjs/common';
import { type Client, escapeIdentifier, escapeLiteral } from 'pg';
import { EmbeddedDatabases, OperationError, type EmbeddedDatabase } from '#libs/kit';
import { HOST, randomPassword, type EmbeddedServer } from './embedded-server.js';
import { scramVerifier } from './scram.js';

const NAME = /^[a-z][a-z0-9-]{0,39}$/;
const TAKEN = ['gateway', 'postgres', 'template0', 'template1'];
/** Stands as the database's comment, written in the seed's own transaction. */
const SEEDED = 'Seeded by the gateway';
const READER_CONNECTIONS = 30;
/** What the sorts and joins of one reading connection may take of the disk that the gateway needs as well. */
const READER_TEMP_FILES = '512MB';

/** Databases that services bring along, in the embedded server, each with a role that may only read it. */
export class ProvidedDatabases extends EmbeddedDatabases {
  private readonly logger = new Logger('EmbeddedServer');
  private readonly underWay = new Map<string, Promise<EmbeddedDatabase>>();
  /** By database; made anew in each run of the gateway. */
  private readonly passwords = new Map<string, string>();

  constructor(
    private readonly server: EmbeddedServer,
    readonly available: boolean,
  ) {
    super();
  }

  override async provide(name: string, seed: string): Promise<EmbeddedDatabase> {
    if (!NAME.test(name) || TAKEN.includes(name)) throw new Error(`A provided database can't be called "${name}"`);
    const running = this.underWay.get(name) ?? this.prepare(name, seed).finally(() => this.underWay.delete(name));
    this.underWay.set(name, running);
    return running;
  }

  private async prepare(name: string, seed: string): Promise<EmbeddedDatabase> {
    if (!this.available) throw noServer();
    await this.server.started;
    if (!this.server.up) throw serverDown();
    const owner = `${name}_owner`;
    const reader = `${name}_reader`;
    const password = this.passwords.get(name) ?? randomPassword();
    this.passwords.set(name, password);
    try {
      await this.server.asAdmin('postgres', async (admin) => {
        await makeRoles(admin, owner, reader, password);
        await makeDatabase(admin, name, owner, reader);
      });
      await this.server.asAdmin(name, (admin) => this.seedOnce(admin, name, seed));
    } catch (error) {
      if (!this.server.up) throw serverDown(error);
      throw error;
    }
    return { host: HOST, port: this.server.port, database: name, user: reader, password };
  }

  private async seedOnce(admin: Client, name: string, seed: string): Promise<void> {
    if ((await commentOf(admin, name)) === SEEDED) return;
    const database = escapeIdentifier(name);
    const owner = escapeIdentifier(`${name}_owner`);
    const reader = escapeIdentifier(`${name}_reader`);
    await admin.query('BEGIN');
    await admin.query(`SET LOCAL ROLE ${owner}`);
    await admin.query(seed);
    await admin.query('SET LOCAL ROLE NONE');
    await allowReading(admin, reader);
    await admin.query('ANALYZE');
    await admin.query(`COMMENT ON DATABASE ${database} IS ${escapeLiteral(SEEDED)}`);
    await admin.query('COMMIT');
    this.logger.log(`The database ${name} is filled`);
  }
}

async function makeRoles(admin: Client, owner: string, reader: string, password: string): Promise<void> {
  const { rows } = await admin.query<{ rolname: string }>('SELECT rolname FROM pg_roles WHERE rolname IN ($1, $2)', [
    owner,
    reader,
  ]);
  const existing = rows.map((row) => row.rolname);
  for (const role of [owner, reader].filter((name) => !existing.includes(name))) {
    await admin.query(`CREATE ROLE ${escapeIdentifier(role)} NOLOGIN`);
  }
  await admin.query(
    `ALTER ROLE ${escapeIdentifier(reader)} LOGIN CONNECTION LIMIT ${READER_CONNECTIONS}
       PASSWORD '${scramVerifier(password)}'`,
  );
  await admin.query(`ALTER ROLE ${escapeIdentifier(reader)} SET default_transaction_read_only = on`);
  await admin.query(`ALTER ROLE ${escapeIdentifier(reader)} SET temp_file_limit = '${READER_TEMP_FILES}'`);
}

/** One that is there but was never marked as filled is left from a crash, and made again. */
async function makeDatabase(admin: Client, name: string, owner: string, reader: string): Promise<void> {
  const database = escapeIdentifier(name);
  if ((await commentOf(admin, name)) === SEEDED) return;
  await admin.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
  await admin.query(`CREATE DATABASE ${database} OWNER ${escapeIdentifier(owner)}`);
  await admin.query(`REVOKE ALL ON DATABASE ${database} FROM PUBLIC`);
  await admin.query(`GRANT CONNECT ON DATABASE ${database} TO ${escapeIdentifier(reader)}`);
}

async function commentOf(admin: Client, name: string): Promise<string | undefined> {
  const { rows } = await admin.query<{ comment: string | null }>(
    `SELECT shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = $1`,
    [name],
  );
  return rows[0]?.comment ?? undefined;
}

/** SELECT on whatever the seed made, and none of the writing functions that PostgreSQL leaves open to everybody. */
async function allowReading(admin: Client, reader: string): Promise<void> {
  await admin.query(`
    DO $$
    DECLARE item record;
    BEGIN
      FOR item IN
        SELECT quote_ident(nspname) AS name FROM pg_namespace
        WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
      LOOP
        EXECUTE format('REVOKE CREATE ON SCHEMA %s FROM PUBLIC', item.name);
        EXECUTE format('GRANT USAGE ON SCHEMA %s TO %s', item.name, ${escapeLiteral(reader)});
        EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %s TO %s', item.name, ${escapeLiteral(reader)});
      END LOOP;
      FOR item IN
        SELECT oid::regprocedure::text AS name FROM pg_proc
        WHERE pronamespace = 'pg_catalog'::regnamespace AND proname ~ '^lo_?(creat|create|from_bytea|put|write|import|truncate|truncate64|unlink|open)$'
      LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', item.name);
      END LOOP;
    END $$`);
}

function noServer(): OperationError {
  return new OperationError('not-configured', 'This gateway keeps its data on a database server of the operator’s');
}

function serverDown(cause?: unknown): OperationError {
  return new OperationError(
    'unavailable',
    'The gateway’s own database server is not up; it is being started again. Try again soon.',
    { retryable: true, retryAfterMs: 1_000 },
    { cause },
  );
}
