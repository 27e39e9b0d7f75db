import { z } from 'zod';
import { setting, settingFamily, settings, value } from '#libs/kit';

const databaseName = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)
  .max(63)
  .describe('lower-case words joined by "-", at most 63 characters');

/** What the postgres service reads from the environment. */
export class PostgresSettings extends settings({
  poolMin: setting('DB_POOL_MIN', value.wholeNumber(0, 1_000), {
    key: 'postgres.poolMin',
    description: 'Connections to each database that stay open when idle',
    default: '2',
  }),
  poolMax: setting('DB_POOL_MAX', value.wholeNumber(1, 1_000), {
    key: 'postgres.poolMax',
    description: 'Connections to each database at most',
    default: '10',
  }),
  idleTimeoutMs: setting('DB_IDLE_TIMEOUT_MS', value.wholeNumber(1_000, 86_400_000), {
    key: 'postgres.idleTimeout',
    description: 'Time after which an idle connection above DB_POOL_MIN is closed',
    default: '10000',
  }),
  queryTimeoutMs: setting('DB_QUERY_TIMEOUT_MS', value.wholeNumber(1, 60_000), {
    key: 'postgres.queryTimeout',
    description: 'Time that a query may take when the call names none',
    default: '10000',
  }),
  databases: settingFamily('POSTGRES_<ID>_', 'postgres.<id>', 'url', {
    url: setting('URL', value.url('postgres', 'postgresql'), {
      key: 'url',
      description: 'Connection URL of a database, with a role that may only read',
      secret: true,
      renewable: true,
    }),
    password: setting('PASSWORD', value.text(), {
      key: 'password',
      description: 'Password, where it is not in the URL',
      secret: true,
      renewable: true,
    }),
    name: setting('NAME', databaseName, {
      key: 'name',
      description: 'Name by which the database is called; by default the <ID> in lower case',
    }),
    write: setting('WRITE', value.flag(), {
      key: 'write',
      description: 'Let the operation `execute` change the database, as far as the role of its URL may',
      default: 'false',
    }),
    allowSuperuser: setting('ALLOW_SUPERUSER', value.flag(), {
      key: 'allowSuperuser',
      description: 'Read with a superuser role all the same; warned about on every start',
      default: 'false',
    }),
  }),
}) {}
