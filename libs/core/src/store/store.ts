import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Client } from 'pg';
import { parse } from 'pg-connection-string';
import type { DataSource, EntityManager } from 'typeorm';
import { StartError, type StoreMigrationClass } from '#libs/kit';
import { ReplicaId } from '../replicas/replica-id.js';
import { addressOf } from './connection-address.js';
import { connectionProblem, isUnanswered, loginProblem, personsTask, refusalProblem } from './connection-errors.js';
import { KEEP_ALIVE_AFTER_MS, makeDataSource } from './data-source.js';
import { type EmbeddedServer } from './embedded/embedded-server.js';
import { Pause } from './pause.js';
import { renewPool } from './pool-client.js';
import { RefusedWork } from './refused-work.js';
import { LINE, poolOf } from './schema/gateways-at-work.js';
import { knownMigrations } from './schema/known-migrations.js';
import { migrate } from './schema/migrate.js';
import { migrationsOf, unknownMigrations } from './schema/newer-schema.js';
import { refusing, unanswered, unreachable } from './store-unavailable.js';
import { type StoreSettings } from './store.settings.js';

export interface StoreStatus {
  /** While it refuses writes it can be read. */
  state: 'starting' | 'ready' | 'refusing writes' | 'down';
  /** Whether it was ready at least once. */
  everReady: boolean;
  /** Why it is down, or refuses writes, safe to show. */
  reason?: string;
}

type ReadyListener = () => void | Promise<void>;

const START_PATIENCE_MS = 3_000;
const CONNECT_TIMEOUT_MS = 5_000;
const FIRST_RETRY_MS = 100;
const SLOWEST_RETRY_MS = 2_000;
const PING_EVERY_MS = 5_000;
const PING = `SELECT current_setting('transaction_read_only') = 'on' AS "readOnly"`;
const PING_TIMEOUT_MS = 2_000;
const STATEMENT_TIMEOUT_MS = 15_000;
const STOP_WITHIN_MS = 10_000;
const POOL_SIZE = 10;
/** On which gateways over one database tell each other what they have changed. */
const CHANNEL = 'mcp_gateway_changes';

/**
 * The gateway's durable state, in PostgreSQL: the operator's (`DATABASE_URL`) or the embedded one. A connection of its
 * own, the line, tells whether the server is there, however busy the pool is.
 */
export class Store {
  /** Since when it has been there without an outage, by `performance.now()`. */
  readySince = 0;
  private readonly logger = new Logger(Store.name);
  private readonly listeners: ReadyListener[] = [];
  private readonly noticeListeners = new Set<(text: string) => void>();
  private current: StoreStatus = { state: 'starting', everReady: false };
  private readonly refused = new RefusedWork(this.logger);
  private source: DataSource | undefined;
  private line: Client | undefined;
  private watching: Promise<void> | undefined;
  private stopping = false;
  /** Of why it is down, what the log says last. */
  private told = '';
  /** Between looks at the line. */
  private readonly pause = new Pause();

  constructor(
    private readonly settings: StoreSettings,
    private readonly server: EmbeddedServer,
    private readonly migrations: readonly StoreMigrationClass[] = [],
    private readonly id = new ReplicaId(),
  ) {}

  /**
   * Starts the embedded server where it is used, connects and migrates. Resolves when the store is ready, or after three
   * seconds with the state `down` when it can't be reached, and goes on trying. Throws a StartError for what a person
   * must mend.
   */
  async start(): Promise<void> {
    this.stopping = false;
    try {
      if (this.settings.databaseUrl === undefined) await this.server.start();
      await this.openPatiently();
      this.watching = this.watch();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Closes all connections, and then the embedded server. Connections that hang are left after half the time. */
  async stop(withinMs = STOP_WITHIN_MS): Promise<void> {
    const by = performance.now() + withinMs;
    this.stopping = true;
    this.pause.cut();
    const over = new AbortController();
    const half = sleep(withinMs / 2, undefined, { signal: over.signal }).catch(() => undefined);
    await Promise.race([this.closeConnections(), half]);
    over.abort();
    this.current = { ...this.current, state: 'down', reason: 'it is stopped' };
    await this.server.stop(by - performance.now());
  }

  /** From memory; never waits. */
  status(): StoreStatus {
    const { reason } = this.refused;
    if (this.current.state !== 'ready' || reason === undefined) return { ...this.current };
    return { ...this.current, state: 'refusing writes', reason };
  }

  /** Throws an `unavailable` OperationError until the store was ready for the first time. */
  get dataSource(): DataSource {
    if (!this.source) throw unreachable(this.current.reason);
    return this.source;
  }

  /**
   * Has `listener` run whenever the store becomes ready, at first and after every outage; at once when it is ready now.
   * The store counts as ready when all have run; one that fails is run again with the next try. A store that has refused
   * writes becomes ready once more when it takes them.
   */
  onReady(listener: ReadyListener): void {
    this.listeners.push(listener);
    if (this.current.state === 'ready') void this.catchUp(listener);
  }

  /** Has `listener` hear what any gateway over this database tells, this one too. */
  onNotice(listener: (text: string) => void): void {
    this.noticeListeners.add(listener);
  }

  /** Tells all gateways over this database. Throws as `run` does where nobody was told. */
  async notify(text: string): Promise<void> {
    await this.run((manager) => manager.query('SELECT pg_notify($1, $2)', [CHANNEL, text]));
  }

  /** Runs `work`; where the store can't be reached, or refuses that, the error is `unavailable` and may be retried. */
  async run<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    if (this.current.state !== 'ready') throw unreachable(this.current.reason);
    try {
      return await work(this.dataSource.manager);
    } catch (error) {
      const refusal = refusalProblem(error);
      if (refusal !== undefined) {
        this.refused.note(refusal);
        throw refusing(refusal, error);
      }
      const problem = connectionProblem(error) ?? loginProblem(error);
      if (problem === undefined) throw error;
      this.pause.cut();
      throw isUnanswered(error) ? unanswered(problem, error) : unreachable(problem, error);
    }
  }

  /** Its password may be another one than before. */
  private get url(): string {
    return this.settings.databaseUrl ?? this.server.gatewayUrl;
  }

  private async openPatiently(): Promise<void> {
    const giveUpAt = Date.now() + START_PATIENCE_MS;
    for (let delayMs = FIRST_RETRY_MS; !this.stopping; delayMs *= 2) {
      try {
        await this.open(Math.max(giveUpAt - Date.now(), FIRST_RETRY_MS));
        return;
      } catch (error) {
        if (error instanceof StartError) throw error;
        const task = personsTask(error);
        if (task !== undefined) throw new StartError(`The store can't be used: ${task}.`, { cause: error });
        if (connectionProblem(error) === undefined && refusalProblem(error) === undefined) throw error;
        this.noteDown(error);
        if (Date.now() + delayMs >= giveUpAt) return;
        await this.pause.wait(delayMs);
      }
    }
  }

  /** Keeps the line open and the state honest until `stop`. */
  private async watch(): Promise<void> {
    let delayMs = FIRST_RETRY_MS;
    while (!this.stopping) {
      await this.pause.wait(this.line ? PING_EVERY_MS : delayMs);
      if (this.stopping) return;
      try {
        await this.ping();
      } catch {
        this.dropLine();
      }
      if (this.line) continue;
      try {
        await this.open(CONNECT_TIMEOUT_MS);
        delayMs = FIRST_RETRY_MS;
      } catch (error) {
        this.noteDown(error);
        delayMs = Math.min(delayMs * 2, SLOWEST_RETRY_MS);
      }
    }
  }

  private async open(connectTimeoutMs: number): Promise<void> {
    const { url } = this;
    const line = new Client({
      connectionTimeoutMillis: connectTimeoutMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
      application_name: LINE.starting,
      ...addressOf(url),
    });
    line.on('error', () => undefined);
    this.line = line;
    try {
      await line.connect();
      if (this.source) {
        unknownMigrations(await migrationsOf(line), knownMigrations(this.migrations));
        // whatever broke the line may have left the others open, with nobody behind them
        renewPool(this.source);
      } else await this.openSource(line, url);
      await line.query(`SET application_name = '${LINE.working}'`);
      line.on('notification', ({ payload = '' }) => {
        for (const listener of this.noticeListeners) listener(payload);
      });
      await line.query(`LISTEN ${CHANNEL}`);
      this.readySince = performance.now();
      this.current = { ...this.current, state: 'ready' };
      delete this.current.reason;
      for (const listener of this.listeners) await this.refused.noting(listener);
    } catch (error) {
      this.dropLine();
      throw error;
    }
    line.once('end', () => this.pause.cut());
    this.current = { state: 'ready', everReady: true };
    this.told = '';
    this.logger.log('The store is ready');
  }

  private async openSource(line: Client, url: string): Promise<void> {
    const { migrations } = this;
    await migrate(line, url, migrations);
    const limits = { connections: POOL_SIZE, statementMs: STATEMENT_TIMEOUT_MS };
    const name = poolOf(this.id.text);
    // where the URL has none, PGPASSWORD and the like have served the line
    const password = () => passwordOf(this.url) || (line.password ?? '');
    const source = makeDataSource(url, { migrations, name, ...limits, password });
    await source.initialize();
    this.source = source;
  }

  private async ping(): Promise<void> {
    // @types/pg does not know that a single query may have a timeout.
    const query = { text: PING, query_timeout: PING_TIMEOUT_MS };
    const answer = await this.line?.query<{ readOnly: boolean }>(query);
    if (!answer || !this.source) return;
    const isReadOnly = answer.rows[0]?.readOnly === true;
    // as after an outage: its listeners do what was refused, and the address may lead to another server by now
    if (await this.refused.look(isReadOnly, this.source)) this.dropLine();
  }

  private async catchUp(listener: ReadyListener): Promise<void> {
    try {
      await this.refused.noting(listener);
    } catch (error) {
      this.noteDown(error);
      this.dropLine();
      this.pause.cut();
    }
  }

  /** Not waited for: with a query in hand it cuts the connection, else it says goodbye to a server that may be gone. */
  private dropLine(): void {
    this.line?.end().catch(() => undefined);
    this.line = undefined;
  }

  private noteDown(error: unknown): void {
    const reason = startProblem(error) ?? connectionProblem(error) ?? refusalProblem(error) ?? personsTask(error);
    const told = reason ?? String(error);
    if (told !== this.told) {
      if (reason === undefined) this.logger.error('The store is down', error instanceof Error ? error.stack : error);
      else this.logger.warn(`The store is down: ${reason}`);
    }
    this.told = told;
    this.current = { ...this.current, state: 'down', reason: reason ?? 'it answers with errors' };
  }

  /** May take for ever: a server that fell silent never confirms the end of a connection. */
  private async closeConnections(): Promise<void> {
    await this.watching;
    this.dropLine();
    const source = this.source;
    this.source = undefined;
    await source?.destroy();
  }
}

/** What keeps this gateway from the store although it is there. */
function startProblem(error: unknown): string | undefined {
  return error instanceof StartError ? error.message : undefined;
}

function passwordOf(url: string): string {
  return parse(url).password ?? '';
}
