import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { EmbeddedDatabases, OperationError, type EmbeddedDatabase } from '#libs/kit';
import { Databases } from './databases.js';
import { demoSeed } from './demo.js';
import { PostgresSettings } from './postgres.settings.js';

class Embedded extends EmbeddedDatabases {
  readonly asked: string[] = [];

  constructor(
    readonly available: boolean,
    private readonly answers: (() => Promise<EmbeddedDatabase>)[] = [],
  ) {
    super();
  }

  provide(name: string, seed: string): Promise<EmbeddedDatabase> {
    this.asked.push(`${name} ${seed === demoSeed}`);
    return this.answers.shift()?.() ?? new Promise(() => undefined);
  }
}

function databasesOf(named: Record<string, string | undefined>, embedded: EmbeddedDatabases = new Embedded(false)) {
  const values: PostgresSettings = {
    poolMin: 0,
    poolMax: 1,
    idleTimeoutMs: 1_000,
    queryTimeoutMs: 1_000,
    databases: new Map(
      Object.entries(named).map(([id, name]) => [
        id,
        { url: 'postgres://reader@127.0.0.1:1/db', password: undefined, name, write: false, allowSuperuser: false },
      ]),
    ),
  };
  return new Databases(new PostgresSettings(values as never), embedded);
}

describe('Databases', () => {
  it.each([
    [{ KA: undefined }, 'kids-ascension', ['kids-ascension-db', 'ka']],
    [{ OL: undefined }, 'ozean-licht', ['ozean-licht-db', 'ol']],
    [{ MY_SHOP: undefined }, 'my-shop', ['my-shop-db']],
    [{ KA: 'children' }, 'children', ['children-db', 'ka']],
  ])('names %j', (named, name, aliases) => {
    const databases = databasesOf(named);
    expect(databases.all().map((database) => [database.name, database.aliases])).toEqual([[name, aliases]]);
    for (const called of [name, ...aliases, name.toUpperCase().replaceAll('-', '_')]) {
      expect(databases.get(called).name).toBe(name);
    }
  });

  it.each([
    ['kids-ascension-db', 'kids-ascension', 'POSTGRES_KA_URL'],
    ['OZEAN_LICHT', 'ozean-licht', 'POSTGRES_OL_URL'],
  ])('names the variable that %s needs', (called, name, variable) => {
    expect(() => databasesOf({ SHOP: undefined }).get(called)).toThrow(
      expect.objectContaining({
        kind: 'not-configured',
        message: `The database ${name} is not configured: the operator sets ${variable}`,
        details: { missing: [variable] },
      }) as Error,
    );
  });

  it.each([
    [{ KA: undefined, KIDS_ASCENSION: undefined }, 'kids-ascension', 'POSTGRES_KA_URL', 'KIDS_ASCENSION'],
    [{ A: 'shop', B: 'shop' }, 'shop', 'POSTGRES_A_URL', 'B'],
    [{ SHOP: undefined, OTHER: 'shop-db' }, 'shop-db', 'POSTGRES_SHOP_URL', 'OTHER'],
    [{ A: 'b', B: 'c' }, 'b', 'POSTGRES_A_URL', 'B'],
  ])('refuses %j', (named, name, one, other) => {
    expect(() => databasesOf(named)).toThrow(
      `${one} and POSTGRES_${other}_URL would both be called "${name}"; set POSTGRES_${other}_NAME to another name`,
    );
  });

  it('takes the first one when none is named, and lists them for an unknown name', () => {
    const databases = databasesOf({ OL: undefined, KA: undefined });
    expect(databases.get().name).toBe('ozean-licht');
    expect(() => databases.get('nope')).toThrow('database: expected one of ozean-licht, kids-ascension, got "nope"');
  });

  it('says which variables to set when there is nothing to read', () => {
    const databases = databasesOf({});
    expect(databases.status()).toEqual({ state: 'not configured', missing: ['POSTGRES_<ID>_URL'] });
    expect(() => databases.get()).toThrow(
      expect.objectContaining({ kind: 'not-configured', details: { missing: ['POSTGRES_<ID>_URL'] } }) as Error,
    );
  });

  it('is degraded when some are down and unavailable when all are', async () => {
    const databases = databasesOf({ A: undefined, B: undefined });
    expect(databases.status()).toEqual({ state: 'ready' });
    await databases.get('a').probe();
    const reason = "The database a can't be reached; try again soon";
    expect(databases.status()).toEqual({ state: 'degraded', reason });
    await databases.get('b').probe();
    expect(databases.status().state).toBe('unavailable');
    await databases.onApplicationShutdown();
  });

  it('asks for the demo database at the start, without waiting, and again when it failed', async () => {
    const down = () => Promise.reject(new OperationError('unavailable', 'the embedded server is starting'));
    const embedded = new Embedded(true, [down, down]);
    const databases = databasesOf({}, embedded);
    databases.onModuleInit();
    expect(embedded.asked).toEqual(['demo true']);
    await vi.waitFor(
      () => expect(databases.status()).toEqual({ state: 'unavailable', reason: 'the embedded server is starting' }),
      10_000,
    );
    await expect(databases.get('demo').ask('SELECT 1', [], new AbortController().signal)).rejects.toThrow(
      'the embedded server is starting',
    );
    expect(embedded.asked).toEqual(['demo true', 'demo true']);
    await databases.onApplicationShutdown();
  });

  it('is closed once when the server of the demo database goes meanwhile', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const place = { host: '127.0.0.1', port, database: 'demo', user: 'reader', password: 'of the reader' };
    const databases = databasesOf({}, new Embedded(true, [() => Promise.resolve(place)]));
    const connected = once(server, 'connection') as Promise<[Socket]>;
    const asking = databases.get('demo').ask('SELECT 1', [], new AbortController().signal);
    const [socket] = await connected;
    // what is rejected and heard by nobody fails the run
    const closing = databases.onApplicationShutdown();
    socket.destroy();
    await expect(asking).rejects.toMatchObject({ kind: 'unavailable' });
    await closing;
    server.close();
  });

  it('lets a caller leave who waits for the demo database', async () => {
    const databases = databasesOf({}, new Embedded(true));
    const leaving = new AbortController();
    const waiting = databases.get('demo').ask('SELECT 1', [], leaving.signal);
    const reason = new OperationError('deadline', 'too late');
    leaving.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });

  it('is found by each of its names, and nothing else is', () => {
    const databases = databasesOf({ KA: undefined });
    expect(
      ['KA', 'kids-ascension-db', 'never-configured', undefined].map((name) => databases.find(name)?.name),
    ).toEqual(['kids-ascension', 'kids-ascension', undefined, 'kids-ascension']);
  });
});
