import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { EventEmitter, once } from 'node:events';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import { OperationError } from '#libs/kit';
import { Relay } from '../../../../test/relay.js';
import { orCutOff } from './cut-off.js';
import { PooledSession } from './pooled-session.js';
import { checkSession } from './session.js';
import { backendOf, contextOf, queryOn, rowsOf, TestDatabase } from './testing/test-database.js';

describe('the pool', () => {
  const given = new TestDatabase();
  const { owner, writer } = given;

  beforeAll(() => given.create(), 30_000);
  afterEach(() => given.stopServices());
  afterAll(() => given.drop());

  describe('limits', () => {
    it('keep whole rows up to 15 MiB of JSON', async () => {
      const answer = await queryOn(given.start(), "SELECT repeat('x', 1000000) AS x FROM generate_series(1, 50)");
      expect(answer).toMatchObject({ rowCount: 15, more: true });
      expect(answer.rows.every((row) => row.x === 'x'.repeat(1_000_000))).toBe(true);
      expect(Buffer.byteLength(JSON.stringify(answer.rows))).toBeLessThanOrEqual(15 * 1024 * 1024);
    });

    it('count what escaping adds', async () => {
      const answer = await queryOn(given.start(), "SELECT repeat(E'\\x01', 300000) AS x FROM generate_series(1, 50)");
      expect(answer).toMatchObject({ rowCount: 8, more: true });
    });

    it.each([
      ['20 MB', 20_000_000],
      ['100 MB', 100_000_000],
    ])('refuse a single row of %s', async (_size, length) => {
      const service = given.start();
      await expect(queryOn(service, `SELECT repeat('x', ${length}) AS x`)).rejects.toMatchObject({
        kind: 'failed',
        message: expect.stringContaining('A single row is larger') as string,
      });
      expect(await rowsOf(service, 'SELECT 1 AS a')).toEqual([{ a: 1 }]);
    });

    it('keep a flood of rows out of memory', async () => {
      const service = given.start();
      const before = process.memoryUsage().rss;
      const answer = await queryOn(service, "SELECT n, repeat('x', 1000000) AS x FROM generate_series(1, 10000) n", {
        limit: 10_000,
      });
      expect(answer).toMatchObject({ rowCount: 15, more: true });
      expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
      expect(await rowsOf(service, 'SELECT 1 AS a')).toEqual([{ a: 1 }]);
    });

    it('answer 10,000 small rows', async () => {
      const answer = await queryOn(given.start(), 'SELECT n FROM generate_series(1, 20000) n', { limit: 10_000 });
      expect(answer).toMatchObject({ rowCount: 10_000, more: true });
      expect(answer.rows.at(-1)).toEqual({ n: 10_000 });
    });

    it('cancel a query at the configured timeout', async () => {
      await expect(queryOn(given.start({ queryTimeoutMs: 100 }), 'SELECT pg_sleep(10)')).rejects.toMatchObject({
        kind: 'deadline',
        details: { sqlState: '57014' },
      });
    });

    it('take a timeout for one query only', async () => {
      const service = given.start({ queryTimeoutMs: 5_000 });
      await expect(queryOn(service, 'SELECT pg_sleep(10)', { timeoutMs: 50 })).rejects.toMatchObject({
        kind: 'deadline',
      });
      expect(await rowsOf(service, 'SHOW statement_timeout')).toEqual([{ statement_timeout: '5s' }]);
      expect(await rowsOf(service, 'SHOW statement_timeout', { timeoutMs: 60_000 })).toEqual([
        { statement_timeout: '1min' },
      ]);
      expect(await rowsOf(service, 'SHOW statement_timeout')).toEqual([{ statement_timeout: '5s' }]);
    });
  });

  describe('a caller who leaves', () => {
    const running = async (marker: string) => {
      const sql =
        "SELECT count(*)::int AS n FROM pg_stat_activity WHERE state = 'active' AND query LIKE $1 AND pid <> pg_backend_pid()";
      return (await owner.query<{ n: number }>(sql, [`%${marker}%`])).rows[0]?.n;
    };

    it('cancels the query in the database, and the pool goes on', async () => {
      const service = given.start();
      const leaving = new AbortController();
      const reason = new OperationError('failed', 'the client left');
      const answer = queryOn(service, "SELECT pg_sleep(60), 'leaves'", {}, leaving.signal).catch(
        (error: unknown) => error,
      );
      await vi.waitFor(async () => expect(await running('leaves')).toBe(1), { interval: 20, timeout: 5_000 });
      leaving.abort(reason);
      expect(await answer).toBe(reason);
      await vi.waitFor(async () => expect(await running('leaves')).toBe(0), { interval: 20, timeout: 1_000 });
      expect(await rowsOf(service, 'SELECT 1 AS a')).toEqual([{ a: 1 }]);
    });

    it('gives up its place while waiting for a connection', async () => {
      const service = given.start();
      const first = queryOn(service, "SELECT pg_sleep(0.4), 'occupies'");
      await vi.waitFor(async () => expect(await running('occupies')).toBe(1), { interval: 20, timeout: 5_000 });
      const leaving = new AbortController();
      const waiting = queryOn(service, "SELECT 'waits'", {}, leaving.signal);
      leaving.abort(new OperationError('deadline', 'too late'));
      await expect(waiting).rejects.toMatchObject({ kind: 'deadline', message: 'too late' });
      await first;
      expect(await rowsOf(service, 'SELECT 1 AS a')).toEqual([{ a: 1 }]);
    });

    it('is passed over by the session that comes back, and the others get it in their order', async () => {
      const service = given.start();
      const served: string[] = [];
      const call = async (name: string, sql = 'SELECT pg_backend_pid() AS pid', signal?: AbortSignal) => {
        const { rows } = await queryOn(service, sql, {}, signal);
        served.push(name);
        return rows[0]?.pid;
      };
      const first = call('first', "SELECT pg_backend_pid() AS pid, pg_sleep(0.4), 'first'");
      await vi.waitFor(async () => expect(await running("'first'")).toBe(1), { interval: 20, timeout: 5_000 });
      const leaving = new AbortController();
      const second = call('second');
      const third = call('third', 'SELECT 3', leaving.signal).catch((error: unknown) => error);
      const fourth = call('fourth');
      leaving.abort(new OperationError('failed', 'gone'));
      const pid = await first;
      expect([await second, await third, await fourth]).toMatchObject([pid, { message: 'gone' }, pid]);
      expect(served).toEqual(['first', 'second', 'fourth']);
    });

    it('takes his connection along, and the next gets a new one', async () => {
      const service = given.start();
      const pid = await backendOf(service);
      const leaving = new AbortController();
      const first = queryOn(service, "SELECT pg_sleep(60), 'goes'", {}, leaving.signal).catch(() => undefined);
      await vi.waitFor(async () => expect(await running("'goes'")).toBe(1), { interval: 20, timeout: 5_000 });
      const next = backendOf(service);
      leaving.abort(new OperationError('failed', 'gone'));
      await first;
      expect([await next, await backendOf(service)]).not.toContain(pid);
    });

    it('is not served when he has left before', async () => {
      const reason = new OperationError('failed', 'gone');
      await expect(queryOn(given.start(), 'SELECT 1', {}, AbortSignal.abort(reason))).rejects.toBe(reason);
    });
  });

  describe('trouble', () => {
    it('says that all connections are busy, and stays ready', async () => {
      const service = given.start({ poolMax: 1 });
      const first = queryOn(service, 'SELECT pg_sleep(5.5)');
      await expect(queryOn(service, 'SELECT 1')).rejects.toMatchObject({
        kind: 'limited',
        message: "All of the gateway's connections to test are busy; try again soon",
        details: { retryAfterMs: 1_000 },
      });
      expect(service.serviceStatus()).toEqual({ state: 'ready' });
      await first;
    });

    it('survives a server that ends its connections', async () => {
      const service = given.start({ poolMax: 3 });
      await Promise.all([1, 2, 3].map((n) => queryOn(service, `SELECT ${n}, pg_sleep(0.05)`)));
      const inFlight = queryOn(service, 'SELECT pg_sleep(30)').catch((error: unknown) => error);
      const end = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${writer}'`;
      await vi.waitFor(
        async () => expect((await given.admin.query(end + " AND query LIKE '%(30)%'")).rowCount).toBe(1),
        {
          interval: 20,
        },
      );
      await given.admin.query(end);
      expect(await inFlight).toMatchObject({ kind: 'unavailable', details: { retryable: true } });
      expect(service.serviceStatus()).toEqual({
        state: 'unavailable',
        reason: 'The database test closed the connection or is starting or stopping; try again',
      });
      await vi.waitFor(async () => expect(await rowsOf(service, 'SELECT 1 AS a')).toEqual([{ a: 1 }]), 10_000);
      expect(service.serviceStatus()).toEqual({ state: 'ready' });
    });

    it('is not taken for that of the database when a statement fails as a connection does', async () => {
      const service = given.start();
      await expect(queryOn(service, "SELECT pg_database_size('nosuch')")).rejects.toMatchObject({
        kind: 'failed',
        message: 'database "nosuch" does not exist',
        details: { sqlState: '3D000' },
      });
      expect(service.serviceStatus()).toEqual({ state: 'ready' });
    });

    it('reads types anew on a new connection, which may lead to another database', async () => {
      const service = given.start();
      const typeOf = async () => (await queryOn(service, 'SELECT v FROM moods')).columns[0]?.type;
      await owner.query(
        `CREATE TYPE mood AS ENUM ('ok'); CREATE TABLE moods (v mood); GRANT ALL ON moods TO ${writer}`,
      );
      expect(await typeOf()).toBe('mood');
      await owner.query('ALTER TYPE mood RENAME TO feeling');
      await owner.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${writer}'`);
      await vi.waitFor(async () => expect(await typeOf()).toBe('feeling'), 10_000);
    });

    it('gives up a connection that has fallen silent, whatever it was about to do on it', async () => {
      const answers = await Promise.all(
        [{}, { timeoutMs: 60_000 }, 'change' as const].map(async (what) => {
          const relay = await Relay.to(given.url(writer));
          const service = given.start({ url: relay.url, write: true, queryTimeoutMs: 100 });
          await rowsOf(service, 'SELECT 1');
          relay.silence();
          const error: unknown = await (
            what === 'change'
              ? service.execute({ database: 'test', query: 'UPDATE none SET a = 1' }, contextOf())
              : queryOn(service, 'SELECT 1', what)
          ).catch((reason: unknown) => reason);
          const rows = await rowsOf(service, 'SELECT 2 AS a');
          return { error, rows, close: () => relay.cut() };
        }),
      );
      for (const { error, rows } of answers) {
        expect(error).toMatchObject({
          kind: 'unavailable',
          message: "The database test can't be reached; try again soon",
        });
        expect(rows).toEqual([{ a: 2 }]);
      }
      await given.stopServices();
      await Promise.all(answers.map(({ close }) => close()));
    });

    it('gives up a connection that falls silent while it is checked, or put back to its defaults', async () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const destroyed: string[] = [];
      const clientOf = (name: string) => {
        const hung = new EventEmitter();
        const stream = Object.assign(new EventEmitter(), { destroy: () => destroyed.push(name) && hung.emit('end') });
        const query = async () => {
          await once(hung, 'end');
          throw new Error('Connection terminated');
        };
        return Object.assign(new EventEmitter(), { connection: Object.assign(new EventEmitter(), { stream }), query });
      };
      try {
        const session = new PooledSession(clientOf('reset') as never, new Logger('test'), 1_000);
        const reset = expect(session.reset()).rejects.toThrow('Connection terminated');
        const client = clientOf('check') as never;
        const check = expect(orCutOff(client, () => checkSession(client))).rejects.toThrow('Connection terminated');
        const leaving = new AbortController();
        const left = clientOf('left') as never;
        const command = new PooledSession(left, new Logger('test'), 1_000).command('BEGIN', leaving.signal);
        const leave = expect(command).rejects.toThrow('Connection terminated');
        leaving.abort();
        expect(destroyed).toEqual(['left']);
        await vi.advanceTimersByTimeAsync(3_000);
        await Promise.all([reset, check, leave]);
        expect(destroyed).toEqual(['left', 'reset', 'check']);
      } finally {
        vi.useRealTimers();
      }
    });

    it('notices a database that is gone and one that is back', async () => {
      const target = new URL(given.url(writer));
      const proxy = createServer();
      const sockets = new Set<Socket>();
      proxy.on('connection', (near) => {
        const far = connect(Number(target.port || 5432), target.hostname);
        for (const socket of [near, far]) {
          sockets.add(socket);
          socket.on('error', () => socket.destroy());
        }
        near.pipe(far).pipe(near);
      });
      await once(proxy.listen(0, '127.0.0.1'), 'listening');
      const { port } = proxy.address() as AddressInfo;
      const url = new URL(target);
      Object.assign(url, { hostname: '127.0.0.1', port: String(port) });
      const service = given.start({ url: url.href });
      expect(await rowsOf(service, 'SELECT 1 AS a')).toEqual([{ a: 1 }]);

      proxy.close();
      for (const socket of sockets) socket.destroy();
      await once(proxy, 'close');
      const error: unknown = await queryOn(service, 'SELECT 1').catch((reason: unknown) => reason);
      expect(error).toMatchObject({
        kind: 'unavailable',
        message: "The database test can't be reached; try again soon",
        details: { retryable: true },
      });
      expect(service.serviceStatus()).toMatchObject({ state: 'unavailable' });

      await once(proxy.listen(port, '127.0.0.1'), 'listening');
      expect(await rowsOf(service, 'SELECT 1 AS a')).toEqual([{ a: 1 }]);
      expect(service.serviceStatus()).toEqual({ state: 'ready' });
      await given.stopServices();
      proxy.close();
    });
  });
});
