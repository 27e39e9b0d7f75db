import 'reflect-metadata';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { OperationError, StartError, type StoreMigration, type StoreMigrationClass } from '#libs/kit';
import { AnswerLostError } from '#libs/outbound';
import { Relay } from '../../../../test/relay.js';
import { DataDirectory } from './data-directory.js';
import { makeDataSource } from './data-source.js';
import { EmbeddedServer } from './embedded/embedded-server.js';
import { ApiKeyEntity } from './entities/api-key.entity.js';
import { renewPool } from './pool-client.js';
import { StoreForServices } from './store-for-services.js';
import { Store } from './store.js';
import { temporaryDirectory } from './testing/child-programs.js';

const SOON = { timeout: 10_000, interval: 20 };
/** After two or three pings. */
const LATER = { timeout: 25_000, interval: 20 };

/** Of a service's table. */
class Notes1900000000000 implements StoreMigration {
  readonly name = 'Notes1900000000000';

  async up(sql: { query(text: string): Promise<unknown> }): Promise<void> {
    await sql.query('CREATE TABLE notes (text text)');
  }

  async down(sql: { query(text: string): Promise<unknown> }): Promise<void> {
    await sql.query('DROP TABLE notes');
  }
}

describe('Store', () => {
  let location: string;
  let server: EmbeddedServer;
  let relay: Relay;
  const stores: Store[] = [];
  let databases = 0;

  beforeAll(async () => {
    location = temporaryDirectory();
    server = new EmbeddedServer(new DataDirectory(location));
    await server.start();
    relay = await Relay.to(server.gatewayUrl);
    await relay.cut();
  });

  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.stop()));
    await relay.cut();
  });

  afterAll(async () => {
    await server.stop();
    rmSync(location, { recursive: true });
  });

  /** The address of a new, empty database, through the relay. */
  async function newDatabase(): Promise<string> {
    const name = `spec_${++databases}`;
    await server.asAdmin('postgres', (admin) => admin.query(`CREATE DATABASE ${name} OWNER gateway`));
    const url = new URL(relay.url);
    url.pathname = name;
    return url.href;
  }

  function storeAt(
    databaseUrl: string | undefined,
    embedded = new EmbeddedServer(new DataDirectory(location)),
    migrations: StoreMigrationClass[] = [],
  ): Store {
    const store = new Store(
      { databaseUrl, dataDir: undefined, secretKey: undefined, secretKeyPrevious: undefined },
      embedded,
      migrations,
    );
    stores.push(store);
    return store;
  }

  const countKeys = (store: Store) => store.run((manager) => manager.count(ApiKeyEntity));

  it('is ready after its start, with the tables that the entities describe', async () => {
    await relay.mend();
    const store = storeAt(await newDatabase());
    expect(store.status()).toEqual({ state: 'starting', everReady: false });
    await store.start();
    expect(store.status()).toEqual({ state: 'ready', everReady: true });
    expect(await countKeys(store)).toBe(0);
    const drift = await store.dataSource.driver.createSchemaBuilder().log();
    expect(drift.upQueries.map(({ query }) => query)).toEqual([]);
  });

  it('keeps the tables that a service declares, and runs its SQL', async () => {
    await relay.mend();
    const store = storeAt(await newDatabase(), undefined, [Notes1900000000000]);
    const services = new StoreForServices(store);
    expect(services.problem()).toBe('it is not up yet');
    await expect(services.query('SELECT 1')).rejects.toMatchObject({ kind: 'unavailable' });
    await store.start();
    expect(services.problem()).toBeUndefined();

    await services.query('INSERT INTO notes VALUES ($1), ($2)', ['one', 'two']);
    const undone = services.transaction(async (sql) => {
      await sql.query('DELETE FROM notes');
      throw new Error('changed my mind');
    });
    await expect(undone).rejects.toThrow('changed my mind');
    const kept = services.transaction((sql) => sql.query(`UPDATE notes SET text = text || '!' RETURNING text`));
    expect(await kept).toEqual([{ text: 'one!' }, { text: 'two!' }]);
    expect(await services.query('SELECT text FROM notes')).toEqual([{ text: 'one!' }, { text: 'two!' }]);
  });

  it('can undo its migrations', async () => {
    await relay.mend();
    const store = storeAt(await newDatabase());
    await store.start();
    for (let left = store.dataSource.migrations.length; left > 0; left--) await store.dataSource.undoLastMigration();
    const tables = await store.dataSource.query<{ tablename: string }[]>(
      `SELECT tablename FROM pg_tables WHERE schemaname = 'public'`,
    );
    expect(tables).toEqual([{ tablename: 'migrations' }]);
  });

  it('migrates once when several gateways start at the same time', async () => {
    await relay.mend();
    const url = await newDatabase();
    const several = [storeAt(url), storeAt(url), storeAt(url)];
    await Promise.all(several.map((store) => store.start()));
    expect(await Promise.all(several.map(countKeys))).toEqual([0, 0, 0]);
  });

  it('starts a server of its own without DATABASE_URL, and stops it', async () => {
    const directory = new DataDirectory(temporaryDirectory());
    const embedded = new EmbeddedServer(directory);
    const store = storeAt(undefined, embedded);
    await store.start();
    expect(await countKeys(store)).toBe(0);
    await store.stop();
    expect(embedded.pid).toBeUndefined();
    expect(store.status().state).toBe('down');
    rmSync(directory.location, { recursive: true });
  });

  it('starts without a server that is away, and is ready by itself when it comes', async () => {
    const store = storeAt(await newDatabase());
    const began = Date.now();
    await store.start();
    expect(Date.now() - began).toBeLessThan(10_000);
    expect(store.status()).toEqual({ state: 'down', everReady: false, reason: 'the connection was refused' });
    await expect(countKeys(store)).rejects.toMatchObject({ kind: 'unavailable', details: { retryable: true } });
    expect(() => store.dataSource).toThrow(OperationError);
    await relay.mend();
    await vi.waitFor(() => expect(store.status()).toEqual({ state: 'ready', everReady: true }), SOON);
    expect(await countKeys(store)).toBe(0);
  });

  it('starts with a server that accepts and keeps silent', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const store = storeAt(`postgres://gateway:x@127.0.0.1:${(silent.address() as AddressInfo).port}/gateway`);
    const began = Date.now();
    await store.start();
    expect(Date.now() - began).toBeLessThan(10_000);
    expect(store.status()).toEqual({ state: 'down', everReady: false, reason: 'it did not answer in time' });
    await store.stop();
    silent.close();
  });

  it('survives an outage, and tells its listeners when it is back', async () => {
    await relay.mend();
    const store = storeAt(await newDatabase());
    const listener = vi.fn(async () => {
      await countKeys(store);
    });
    store.onReady(listener);
    await store.start();
    expect(listener).toHaveBeenCalledTimes(1);
    await relay.cut();
    await vi.waitFor(() => expect(store.status()).toMatchObject({ state: 'down', everReady: true }), SOON);
    await expect(countKeys(store)).rejects.toMatchObject({ kind: 'unavailable', details: { retryable: true } });
    await relay.mend();
    await vi.waitFor(() => expect(store.status()).toEqual({ state: 'ready', everReady: true }), SOON);
    expect(listener).toHaveBeenCalledTimes(2);
    expect(await countKeys(store)).toBe(0);
  });

  it('is ready again soon where all its connections fell silent, and new ones are answered', async () => {
    await relay.mend();
    const store = storeAt(await newDatabase());
    const listener = vi.fn(async () => {
      await countKeys(store);
    });
    store.onReady(listener);
    await store.start();
    await Promise.all([1, 2, 3].map(() => store.run((manager) => manager.query('SELECT pg_sleep(0.1)'))));
    relay.silence();
    await vi.waitFor(() => expect(listener).toHaveBeenCalledTimes(2), { timeout: 14_000, interval: 20 });
    await vi.waitFor(() => expect(store.status()).toEqual({ state: 'ready', everReady: true }), SOON);
    expect(await countKeys(store)).toBe(0);
  });

  it('gives nobody a connection whose statement was not answered in time', async () => {
    await relay.mend();
    const source = makeDataSource(await newDatabase(), { migrations: [], connections: 1, statementMs: 500 });
    await source.initialize();
    await expect(source.query('SELECT pg_sleep(5)')).rejects.toThrow('Query read timeout');
    expect(await source.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    const hung = source.transaction((manager) => manager.query('SELECT pg_sleep(5)'));
    await expect(hung).rejects.toThrow('Query read timeout');
    expect(await source.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await source.destroy();
  });

  it('gives new connections to what waits for one, too, and lets go on what has one', async () => {
    await relay.mend();
    const source = makeDataSource(await newDatabase(), { migrations: [], connections: 1 });
    await source.initialize();
    const runner = source.createQueryRunner();
    await runner.connect();
    const waiting = [1, 2, 3].map((n) => source.query<unknown[]>(`SELECT ${n} AS n`));
    renewPool(source);
    expect(await Promise.all(waiting)).toEqual([[{ n: 1 }], [{ n: 2 }], [{ n: 3 }]]);
    expect(await runner.query('SELECT 4 AS n')).toEqual([{ n: 4 }]);
    await runner.release();
    await source.destroy();
  });

  it('answers a call that was under way when the connection broke as unavailable', async () => {
    await relay.mend();
    const store = storeAt(await newDatabase());
    await store.start();
    const call = store.run((manager) => manager.query('SELECT pg_sleep(10)'));
    setTimeout(() => void relay.cut(), 100);
    const error: unknown = await call.catch((error: unknown) => error);
    expect(error).toMatchObject({ kind: 'unavailable', details: { retryable: true } });
    // what it asked for may have been done
    expect(error).toBeInstanceOf(AnswerLostError);
  });

  it('passes on the errors of a statement', async () => {
    await relay.mend();
    const store = storeAt(await newDatabase());
    await store.start();
    await expect(store.run((manager) => manager.query('SELECT 1 / 0'))).rejects.toThrow('division by zero');
    expect(store.status().state).toBe('ready');
  });

  it('says that it refuses writes while it does, goes on reading, and is ready by itself afterwards', async () => {
    await relay.mend();
    const store = storeAt(await newDatabase());
    const listener = vi.fn();
    store.onReady(listener);
    await store.start();
    const warned = vi.spyOn(Logger.prototype, 'warn');
    const full = () =>
      store.run((manager) =>
        manager.query(`DO $$ BEGIN RAISE 'could not extend file' USING ERRCODE = '53100'; END $$`),
      );
    for (let n = 0; n < 3; n += 1) {
      await expect(full()).rejects.toMatchObject({
        kind: 'unavailable',
        message: 'The store refuses writes: its disk is full; make room there. Try again soon.',
        details: { retryable: true },
      });
    }
    expect(store.status()).toMatchObject({
      state: 'refusing writes',
      everReady: true,
      reason: expect.stringContaining('disk is full'),
    });
    expect(await countKeys(store)).toBe(0);
    await vi.waitFor(() => expect(store.status()).toEqual({ state: 'ready', everReady: true }), LATER);
    await vi.waitFor(() => expect(listener).toHaveBeenCalledTimes(2), SOON);
    expect(warned.mock.calls.filter(([text]) => String(text).includes('refuses writes'))).toHaveLength(1);
    warned.mockRestore();
  });

  it('finds by itself that it is read-only, and that new connections are not', async () => {
    await relay.mend();
    const url = new URL(await newDatabase());
    const name = url.pathname.slice(1);
    const makeReadOnly = (isSo: boolean) =>
      server.asAdmin('postgres', (admin) =>
        admin.query(`ALTER DATABASE ${name} SET default_transaction_read_only = ${isSo}`),
      );
    const store = storeAt(url.href);
    const writing = vi.fn(async () => {
      await store.run((manager) => manager.query('CREATE TABLE IF NOT EXISTS written ()'));
    });
    store.onReady(writing);
    await store.start();
    await makeReadOnly(true);
    await relay.cut();
    await vi.waitFor(() => expect(store.status().state).toBe('down'), SOON);
    await relay.mend();
    await vi.waitFor(
      () =>
        expect(store.status()).toMatchObject({
          state: 'refusing writes',
          reason: expect.stringContaining('read-only'),
        }),
      LATER,
    );
    expect(await countKeys(store)).toBe(0);
    await expect(store.run((manager) => manager.query('CREATE TABLE one ()'))).rejects.toMatchObject({
      kind: 'unavailable',
    });
    await makeReadOnly(false);
    await vi.waitFor(() => expect(store.status()).toEqual({ state: 'ready', everReady: true }), LATER);
    await store.run((manager) => manager.query('CREATE TABLE one ()'));
    await vi.waitFor(() => expect(writing).toHaveBeenCalledTimes(3), SOON);
  });

  it('runs a listener at once when it is ready, and again when it failed', async () => {
    await relay.mend();
    const store = storeAt(await newDatabase());
    await store.start();
    const listener = vi.fn().mockRejectedValueOnce(new Error('not yet')).mockResolvedValue(undefined);
    store.onReady(listener);
    await vi.waitFor(() => expect(listener).toHaveBeenCalledTimes(2), SOON);
    await vi.waitFor(() => expect(store.status().state).toBe('ready'), SOON);
  });

  it.each<[string, (url: URL) => void, RegExp]>([
    ['a wrong password', (url) => (url.password = 'guess'), /the password in DATABASE_URL is wrong/],
    ['a database that does not exist', (url) => (url.pathname = 'nowhere'), /does not exist; create it/],
    ['no password', (url) => (url.password = ''), /asks for a password, and DATABASE_URL has none/],
    [
      'a certificate that is missing',
      (url) => (url.search = '?sslmode=verify-full&sslrootcert=/nowhere/root.crt'),
      /DATABASE_URL can't be used: \/nowhere\/root.crt, which it names, can't be read/,
    ],
    ['TLS where there is none', (url) => (url.search = '?sslmode=verify-full'), /no TLS connection/],
  ])('refuses to start with %s', async (_what, spoil, message) => {
    await relay.mend();
    const url = new URL(await newDatabase());
    spoil(url);
    const start = storeAt(url.href).start();
    await expect(start).rejects.toThrow(StartError);
    await expect(start).rejects.toThrow(message);
    await expect(start).rejects.not.toThrow(/guess/);
  });

  it('takes the password of PGPASSWORD where DATABASE_URL has none, as psql does', async () => {
    await relay.mend();
    const url = new URL(await newDatabase());
    vi.stubEnv('PGPASSWORD', url.password);
    url.password = '';
    try {
      const store = storeAt(url.href);
      await store.start();
      expect(await countKeys(store)).toBe(0);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('says once what keeps it down, however often it is tried', async () => {
    await relay.mend();
    const store = storeAt(await newDatabase());
    await store.start();
    const said = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const listener = vi.fn().mockRejectedValue(new Error('broken'));
    store.onReady(listener);
    await vi.waitFor(() => expect(listener.mock.calls.length).toBeGreaterThan(3), SOON);
    expect(said).toHaveBeenCalledTimes(1);
    said.mockRestore();
  });

  it('refuses to start where it may not create tables', async () => {
    await relay.mend();
    const url = new URL(await newDatabase());
    await server.asAdmin(url.pathname.slice(1), (admin) =>
      admin.query(`ALTER DATABASE ${url.pathname.slice(1)} OWNER TO gateway_admin`),
    );
    await expect(storeAt(url.href).start()).rejects.toThrow(/may not create tables/);
  });
});
