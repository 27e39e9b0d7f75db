import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { EmbeddedDatabases, type OperationContext } from '#libs/kit';
import { Databases } from '../databases.js';
import { PostgresService } from '../postgres.service.js';
import type { PostgresSettings } from '../postgres.settings.js';
import { QueryPages } from '../query-pages.js';
import { SqlGuard } from '../sql-guard.js';
import { RowsInMemory } from './rows-in-memory.js';

class NoEmbedded extends EmbeddedDatabases {
  readonly available = false;

  provide(): Promise<never> {
    return Promise.reject(new Error('not available'));
  }
}

interface Given {
  url?: string;
  allowSuperuser?: boolean;
  write?: boolean;
  poolMax?: number;
  queryTimeoutMs?: number;
}

/** A database of its own on the server of TEST_DATABASE_URL, and services that read it under the name `test`. */
export class TestDatabase {
  readonly mark = randomBytes(4).toString('hex');
  private readonly name = `gw_${this.mark}`;
  /** May do everything with its tables: what holds it back is the gateway alone. */
  readonly writer = `gw_writer_${this.mark}`;
  readonly admin = new pg.Client({ connectionString: process.env.TEST_DATABASE_URL });
  readonly owner = new pg.Client({ connectionString: this.url() });
  private readonly running: Databases[] = [];

  async create(seed = ''): Promise<void> {
    await this.admin.connect();
    await this.admin.query(`CREATE DATABASE ${this.name}`);
    await this.admin.query(`CREATE ROLE ${this.writer} LOGIN PASSWORD 'secret'`);
    await this.owner.connect();
    await this.owner.query(seed);
    const { rows } = await this.owner.query<{ schemas: string }>(
      "SELECT string_agg(nspname, ', ') AS schemas FROM pg_namespace WHERE nspname IN ('public', 'audit')",
    );
    const schemas = rows[0]?.schemas ?? '';
    await this.owner.query(`
      GRANT ALL ON ALL TABLES IN SCHEMA ${schemas} TO ${this.writer};
      GRANT ALL ON ALL SEQUENCES IN SCHEMA ${schemas} TO ${this.writer};
      GRANT ALL ON SCHEMA ${schemas} TO ${this.writer}`);
  }

  /** As the superuser, or as another role. */
  url(user?: string, password = 'secret'): string {
    const url = new URL(process.env.TEST_DATABASE_URL ?? '');
    url.pathname = `/${this.name}`;
    if (user !== undefined) Object.assign(url, { username: user, password });
    return url.href;
  }

  start({
    url = this.url(this.writer),
    allowSuperuser = false,
    write = false,
    poolMax = 1,
    queryTimeoutMs = 10_000,
  }: Given = {}) {
    const settings: PostgresSettings = {
      poolMin: 0,
      poolMax,
      idleTimeoutMs: 10_000,
      queryTimeoutMs,
      databases: new Map([['TEST', { url, password: undefined, name: undefined, write, allowSuperuser }]]),
    };
    const databases = new Databases(settings, new NoEmbedded());
    this.running.push(databases);
    return new PostgresService(databases, new SqlGuard(), new QueryPages(databases, new RowsInMemory()));
  }

  async stopServices(): Promise<void> {
    await Promise.all(this.running.splice(0).map((databases) => databases.onApplicationShutdown()));
  }

  async drop(): Promise<void> {
    await this.owner.end();
    await this.admin.query(`DROP DATABASE IF EXISTS ${this.name} WITH (FORCE)`);
    await this.admin.query(`DROP ROLE IF EXISTS ${this.writer}`);
    await this.admin.end();
  }
}

export function contextOf(signal: AbortSignal = new AbortController().signal): OperationContext {
  const ignore = () => undefined;
  return {
    caller: { id: 'local', kind: 'local', subject: 'local', permissions: ['read'] },
    requestId: 'test',
    door: 'rpc',
    signal,
    cancellation: signal,
    progress: () => undefined,
    remainingMs: 30_000,
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  };
}

interface QueryOptions {
  database?: string;
  params?: unknown[] | undefined;
  limit?: number;
  timeoutMs?: number;
}

export function queryOn(service: PostgresService, query: string, options: QueryOptions = {}, signal?: AbortSignal) {
  return service.query({ database: 'test', query, limit: 100, ...options }, contextOf(signal));
}

export async function rowsOf(service: PostgresService, query: string, options?: QueryOptions) {
  return (await queryOn(service, query, options)).rows;
}

/** The process id of the one connection of a service. */
export async function backendOf(service: PostgresService): Promise<unknown> {
  return (await rowsOf(service, 'SELECT pg_backend_pid() AS pid'))[0]?.pid;
}
