import { Client } from 'pg';
import type { EntityManager } from 'typeorm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../../../test/database.js';
import type { DataDirectory } from '../../store/data-directory.js';
import { Audit1732147400000 } from '../../store/migrations/1732147400000-audit.js';
import { SecretKey } from '../../store/secret-key.js';
import type { Store } from '../../store/store.js';
import { CheckpointRenewal } from './checkpoint-renewal.js';
import { CheckpointSeal, type SealedStatement } from './checkpoint-seal.js';

const OLD = 'o'.repeat(32);
const COUNT = 4_500;
/** One without a secret of its own. */
const directory = { readSecret: () => undefined } as unknown as DataDirectory;

let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  database = await createDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

it('signs many checkpoints anew with few statements, and leaves one as it is that is not to be believed', async () => {
  await new Audit1732147400000().up({ query: (sql: string) => client.query(sql) } as never);
  const old = new CheckpointSeal(new SecretKey(OLD, directory));
  const made = Array.from({ length: COUNT }, (_, index): SealedStatement => {
    const replica = index % 2 === 0 ? 'one' : 'two';
    const statement = { replica, kind: 'head' as const, number: index + 1, seq: index + 1, hash: 'a'.repeat(64) };
    return { ...statement, keyId: old.keyId, signature: index === 7 ? 'b'.repeat(64) : old.sign(statement) };
  });
  await client.query(
    `INSERT INTO audit_checkpoints (replica, kind, number, seq, hash, key_id, signature)
     SELECT replica, kind, number, seq, hash, "keyId", signature FROM json_to_recordset($1::json) AS given (
       replica text, kind text, number bigint, seq bigint, hash text, "keyId" text, signature text)`,
    [JSON.stringify(made)],
  );

  let statements = 0;
  const query = async (sql: string, values: unknown[]) => {
    statements += 1;
    return (await client.query(sql, values)).rows;
  };
  let renew: () => void | Promise<void> = () => undefined;
  const store = {
    onReady: (listener: typeof renew) => (renew = listener),
    run: (work: (manager: EntityManager) => unknown) => work({ query } as unknown as EntityManager),
  } as unknown as Store;
  const secretKey = new SecretKey('n'.repeat(32), directory, OLD);
  const seal = new CheckpointSeal(secretKey);
  new CheckpointRenewal(store, seal, secretKey);
  await renew();

  expect(statements).toBeLessThan(10);
  const { rows } = await client.query<SealedStatement>(
    `SELECT replica, kind, number::int, seq::int, hash, key_id AS "keyId", signature FROM audit_checkpoints
     ORDER BY audit_checkpoints.number`,
  );
  expect(rows.filter((row) => seal.fault(row) !== undefined)).toEqual([made[7]]);
  expect(rows.filter(({ keyId }) => keyId !== seal.keyId)).toEqual([made[7]]);
});
