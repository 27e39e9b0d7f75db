import { Logger } from '@nestjs/common';
import { withinSpan, type CancelSignal } from '#libs/kit';
import pg, { type Pool, type PoolClient, type PoolConfig } from 'pg';
import { ColumnTypes } from './column-types.js';
import { orCutOff } from './cut-off.js';
import { allBusy, toConnectionError } from './postgres-errors.js';
import type { RawRows } from './bounded-query.js';
import type { BoundedStatement } from './bounded-statement.js';
import { PooledSession } from './pooled-session.js';
import { SessionQueue, Waiter } from './session-queue.js';
import { checkSession, listBuiltins, refusalOf, sessionOptions, writesAsSuperuser } from './session.js';
import { writeInTransaction } from './write-transaction.js';

/** Time to make a connection, and time to check it. */
const CONNECT_TIMEOUT_MS = 5_000;

export interface PoolLimits {
  poolMin: number;
  poolMax: number;
  idleTimeoutMs: number;
  queryTimeoutMs: number;
}

export interface PooledStatement extends BoundedStatement {
  /** Instead of the session's own; put back afterwards. */
  timeoutMs?: number | undefined;
  /** Statements of the gateway's own that come first in the same session, which is reset afterwards. */
  prelude?: readonly string[] | undefined;
  /** Functions that a caller's text names; those that are not PostgreSQL's own may leave traces in the session. */
  functions?: readonly { schema: string | undefined; name: string }[] | undefined;
}

/** How a connection is given back: a change that failed has left its transaction open. */
type Afterwards = 'keep' | 'reset' | 'roll back' | 'drop';

/**
 * Connections to one database, each checked before its first use. Their sessions are read-only; a change lifts that for
 * its own transaction. A session that comes back goes straight to the next call that waits: the way through the driver's
 * pool, with its timers and listeners, costs as much as a small query.
 */
export class SessionPool {
  readonly types = new ColumnTypes((statement, signal) => this.run(statement, signal));
  private readonly logger: Logger;
  private readonly traced: Record<string, string>;
  private readonly pool: Pool;
  private readonly sessions = new WeakMap<PoolClient, PooledSession>();
  private readonly queue: SessionQueue;
  /** Sessions that calls have, and those that are opened for one. */
  private lent = 0;
  private builtins: ReadonlySet<string> = new Set();
  /** The role can leave a read-only session, and the operator insisted on it. */
  private privileged = false;

  constructor(
    private readonly database: string,
    target: PoolConfig,
    private readonly limits: PoolLimits,
    private readonly allowSuperuser: boolean,
  ) {
    this.logger = new Logger(`postgres ${database}`);
    this.queue = new SessionQueue(() => allBusy(database));
    this.traced = { 'db.system.name': 'postgresql', 'db.namespace': database };
    this.pool = new pg.Pool({
      ...target,
      options: sessionOptions(limits.queryTimeoutMs),
      fallback_application_name: 'mcp-gateway',
      keepAlive: true,
      min: limits.poolMin,
      max: limits.poolMax,
      idleTimeoutMillis: limits.idleTimeoutMs,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      verify: (client, done) => {
        orCutOff(client, () => this.admit(client), { patienceMs: CONNECT_TIMEOUT_MS }).then(() => done(), done);
      },
    });
    // An error of an idle connection: the pool has removed it already.
    this.pool.on('error', (error) => this.logger.warn(`an idle connection was lost: ${error.message}`));
    this.pool.on('connect', (client) => {
      this.types.forget();
      this.sessions.set(client, new PooledSession(client, this.logger, limits.queryTimeoutMs));
    });
  }

  get connections(): { size: number; idle: number; waiting: number; max: number } {
    const { totalCount, idleCount } = this.pool;
    return { size: totalCount, idle: idleCount, waiting: this.queue.length, max: this.limits.poolMax };
  }

  /** Runs one statement. When `signal` aborts, the query is cancelled in the database and the connection dropped. */
  run(statement: PooledStatement, signal: CancelSignal): Promise<RawRows> {
    return withinSpan(`query ${this.database}`, this.traced, () => this.read(statement, signal));
  }

  private async read(statement: PooledStatement, signal: CancelSignal): Promise<RawRows> {
    const session = await this.lend(signal);
    let afterwards: Afterwards = 'drop';
    try {
      if (statement.timeoutMs !== undefined)
        await session.command(`SET statement_timeout = ${statement.timeoutMs}`, signal);
      for (const text of statement.prelude ?? []) await session.perform(text, signal);
      const result = await session.read(statement, signal);
      const tidy =
        statement.timeoutMs === undefined && !statement.prelude && this.callsOnlyBuiltins(statement) && session.tidy;
      if (!result.cut) afterwards = tidy ? 'keep' : 'reset';
      return result;
    } catch (error) {
      if (error instanceof pg.DatabaseError) afterwards = 'reset';
      throw error;
    } finally {
      this.giveBack(session, signal.aborted ? 'drop' : afterwards);
    }
  }

  /** Runs one statement that may write and commits it. When `signal` aborts before that, it is rolled back. */
  write(statement: PooledStatement, signal: CancelSignal): Promise<RawRows> {
    return withinSpan(`execute ${this.database}`, this.traced, () => this.change(statement, signal));
  }

  private async change(statement: PooledStatement, signal: CancelSignal): Promise<RawRows> {
    const session = await this.lend(signal);
    let afterwards: Afterwards = 'drop';
    try {
      if (this.privileged) throw writesAsSuperuser(this.database);
      const result = await writeInTransaction(session, statement, signal);
      afterwards = 'reset';
      return result;
    } catch (error) {
      if (error instanceof pg.DatabaseError) afterwards = 'roll back';
      throw error;
    } finally {
      this.giveBack(session, signal.aborted ? 'drop' : afterwards);
    }
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  private lend(signal: CancelSignal): Promise<PooledSession> {
    const waiter = new Waiter(signal);
    if (this.lent >= this.limits.poolMax) this.queue.add(waiter);
    else if (waiter.waits) {
      this.lent += 1;
      this.open(waiter);
    }
    return waiter.session;
  }

  /** Takes an idle session, or opens one. */
  private open(waiter: Waiter): void {
    this.pool.connect((error, client) => {
      const session = client && this.sessions.get(client);
      if (session) return this.handOver(session, waiter);
      waiter.refuse(toConnectionError(error, this.database));
      this.vacate();
    });
  }

  /** Gives a session that is as it was when it was made to the call that it is for, or to the next. */
  private handOver(session: PooledSession, waiter = this.queue.next()): void {
    if (!waiter) {
      this.lent -= 1;
      session.client.release();
    } else if (waiter.waits) waiter.take(session);
    else this.handOver(session);
  }

  /** A session is gone: there is room for another one. */
  private vacate(): void {
    const waiter = this.queue.next();
    if (waiter) this.open(waiter);
    else this.lent -= 1;
  }

  private callsOnlyBuiltins({ functions = [] }: PooledStatement): boolean {
    return functions.every(({ schema = 'pg_catalog', name }) => schema === 'pg_catalog' && this.builtins.has(name));
  }

  private giveBack(session: PooledSession, how: Afterwards): void {
    if (how === 'keep') return this.handOver(session);
    if (how === 'drop') return this.drop(session);
    const undone = how === 'roll back' ? session.command('ROLLBACK') : Promise.resolve();
    undone
      .then(() => session.reset())
      .then(
        () => this.handOver(session),
        () => this.drop(session),
      );
  }

  private drop({ client }: PooledSession): void {
    client.release(true);
    this.vacate();
  }

  private async admit(client: PoolClient): Promise<void> {
    const check = await checkSession(client);
    const refusal = refusalOf(check, this.database, this.allowSuperuser);
    if (refusal) throw refusal;
    if (check.superuser || check.reachesServer) this.allowPrivileged();
    if (this.builtins.size === 0) this.builtins = await listBuiltins(client);
  }

  private allowPrivileged(): void {
    if (this.privileged) return;
    this.privileged = true;
    this.logger.warn(
      'reads with a role that can leave a read-only session, because POSTGRES_<ID>_ALLOW_SUPERUSER is set',
    );
  }
}
