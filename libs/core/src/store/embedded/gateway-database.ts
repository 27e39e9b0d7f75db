import type { Client } from 'pg';
import { scramVerifier } from './scram.js';

/**
 * Makes the database `gateway` and its owner, and keeps everybody else out of it and of the server's own databases:
 * PostgreSQL would let every role connect to each.
 */
export async function prepareGatewayDatabase(admin: Client, password: string): Promise<void> {
  if (!(await exists(admin, 'pg_roles', 'rolname', 'gateway'))) await admin.query('CREATE ROLE gateway');
  await admin.query(`ALTER ROLE gateway LOGIN PASSWORD '${scramVerifier(password)}'`);
  if (!(await exists(admin, 'pg_database', 'datname', 'gateway'))) {
    await admin.query('CREATE DATABASE gateway OWNER gateway');
  }
  await admin.query('REVOKE ALL ON DATABASE gateway, postgres, template1 FROM PUBLIC');
}

async function exists(admin: Client, catalog: string, column: string, name: string): Promise<boolean> {
  const { rowCount } = await admin.query(`SELECT FROM ${catalog} WHERE ${column} = $1`, [name]);
  return rowCount === 1;
}
