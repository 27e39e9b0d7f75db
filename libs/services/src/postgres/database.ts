import { Logger } from '@nestjs/common';
import type { PoolConfig } from 'pg';
import type { CancelSignal, OperationError } from '#libs/kit';
import { unknownType } from './column-types.js';
import { toOperationError } from './postgres-errors.js';
import { SessionPool, type PoolLimits, type PooledStatement } from './session-pool.js';
import { requireRows, rowShape, shapeRows, type RowShape, type ShapedRows } from './shape-rows.js';
import { encodeJsonParam, encodeParam, type ParseValue } from './values.js';
import type { WireField } from './wire.js';
import { OutcomeUnknownError } from './write-transaction.js';

/** Time that a look at a database may take. */
const PROBE_TIMEOUT_MS = 5_000;
/** Time between looks at a database that is down. */
const PROBE_INTERVAL_MS = 5_000;
/** Answers to the gateway's own questions about a database. */
const CATALOG_LIMITS = { maxRows: 10_000, maxBytes: 16 * 1024 * 1024 };

export interface DatabaseOptions {
  name: string;
  /** Other names by which it can be called. */
  aliases: readonly string[];
  allowSuperuser: boolean;
  /** Where agents may not change it: why, and what to do about it. */
  refuseToWrite?: () => OperationError;
  locate(): Promise<PoolConfig>;
  /** Changes when its address or password does; new connections are opened by the new one then. */
  address?: () => string;
  /** It may be found elsewhere after its connection was lost, as an embedded server is. */
  moves: boolean;
}

export interface WrittenRows extends ShapedRows {
  /** What was done, such as `INSERT` or `CREATE TABLE`. */
  command: string;
  /** Rows that it was done to; null for what is not done to rows. */
  rowCount: number | null;
}

export interface Request {
  text: string;
  params?: readonly unknown[];
  /** The n of each `$n` that takes JSON, also where its value is an array. */
  json?: ReadonlySet<number>;
  maxRows: number;
  /** Of JSON. */
  maxBytes: number;
  timeoutMs?: number | undefined;
  functions?: PooledStatement['functions'];
  prelude?: PooledStatement['prelude'];
  readOn?: PooledStatement['readOn'];
  /** How values are read, instead of by their types. */
  parse?: ParseValue;
}

/** What was asked for, and rows of the same result that come after it. */
interface ReadRows {
  page: ShapedRows;
  beyond: ShapedRows;
}

/** One database: its pool, its health as far as is known, and the ways to read from it and to change it. */
export class Database {
  readonly name: string;
  readonly aliases: readonly string[];
  private readonly logger: Logger;
  /** By the description of a prepared statement, which is the same each time. */
  private readonly shapes = new WeakMap<readonly WireField[], RowShape>();
  private opening: Promise<SessionPool> | undefined;
  private openedBy: string | undefined;
  private pool: SessionPool | undefined;
  private failure: string | undefined;
  private nextProbe: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly options: DatabaseOptions,
    private readonly limits: PoolLimits,
  ) {
    this.name = options.name;
    this.aliases = options.aliases;
    this.logger = new Logger(`postgres ${options.name}`);
  }

  /** Why it can't be read at the moment, if so; safe to show. */
  get problem(): string | undefined {
    return this.failure;
  }

  get connections(): SessionPool['connections'] {
    return this.pool?.connections ?? { size: 0, idle: 0, waiting: 0, max: this.limits.poolMax };
  }

  get writable(): boolean {
    return this.options.refuseToWrite === undefined;
  }

  /** Throws where agents may not change it. */
  requireWritable(): void {
    if (this.options.refuseToWrite) throw this.options.refuseToWrite();
  }

  /** Runs one statement that the guard let pass, or one of the gateway's own. */
  read(request: Request, signal: CancelSignal): Promise<ShapedRows> {
    return this.use(signal, async (pool) => {
      const raw = await pool.run(pooled(request), signal);
      const shape = request.parse
        ? shapeBy(request.parse, raw.fields)
        : (this.shapes.get(raw.fields) ?? (await this.learnShape(raw.fields, pool, signal)));
      return requireRows(await shapeRows(raw, shape, request.maxBytes), request.maxBytes);
    });
  }

  /** As `read`, and keeps what was read on. */
  readAhead(request: Request, signal: CancelSignal): Promise<ReadRows> {
    return this.use(signal, async (pool) => {
      const { maxRows, maxBytes } = request;
      const raw = await pool.run(pooled(request), signal);
      const shape = this.shapes.get(raw.fields) ?? (await this.learnShape(raw.fields, pool, signal));
      const asked = raw.rows.length > maxRows ? { ...raw, rows: raw.rows.slice(0, maxRows) } : raw;
      const page = requireRows(await shapeRows(asked, shape, maxBytes), maxBytes);
      if (page.rows.length === raw.rows.length) return { page, beyond: { ...page, rows: [] } };
      const left = { ...raw, rows: raw.rows.slice(page.rows.length) };
      const beyond = await shapeRows(left, shape, maxBytes);
      return { page: { ...page, more: true }, beyond };
    });
  }

  /** Runs one statement that the guard let pass as a change, and commits it. */
  async write(request: Request, signal: CancelSignal): Promise<WrittenRows> {
    this.requireWritable();
    return this.use(signal, async (pool) => {
      const raw = await pool.write(pooled(request), signal);
      // It is done: what comes from here on must not make it look as if it were not.
      const types = await pool.types.of(raw.fields, signal).catch(() => raw.fields.map(() => unknownType));
      return { ...(await shapeRows(raw, rowShape(raw.fields, types), request.maxBytes)), ...readTag(raw.tag) };
    });
  }

  /** Rows of one of the gateway's own questions to the catalog. */
  ask(text: string, params: readonly unknown[], signal: CancelSignal): Promise<Pick<ShapedRows, 'rows' | 'more'>> {
    return this.read({ text, params, ...CATALOG_LIMITS }, signal);
  }

  /** Looks whether it can be read, and goes on looking while it can't. Never rejects. */
  async probe(): Promise<void> {
    try {
      // to find it may take long, as for one that is being filled: the time counts from then on, and what fails here
      // fails again below
      await this.open().catch(() => undefined);
      await this.ask('SELECT 1', [], AbortSignal.timeout(PROBE_TIMEOUT_MS));
    } catch (error) {
      this.markDown(this.failure ?? `The database ${this.name} did not answer in time`);
      this.logger.debug(`not readable: ${String(error)}`);
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.nextProbe);
    await this.pool?.close();
  }

  private async learnShape(fields: readonly WireField[], pool: SessionPool, signal: CancelSignal): Promise<RowShape> {
    const shape = rowShape(fields, await pool.types.of(fields, signal));
    this.shapes.set(fields, shape);
    return shape;
  }

  /** Does something with the pool, and notes whether the database could be reached. */
  private async use<T>(signal: CancelSignal, work: (pool: SessionPool) => Promise<T>): Promise<T> {
    let pool: SessionPool | undefined;
    try {
      this.leaveOldAddress();
      pool = this.pool ?? (await untilAborted(this.open(), signal));
      const answer = await work(pool);
      this.markUp();
      return answer;
    } catch (cause) {
      if (signal.aborted && !(cause instanceof OutcomeUnknownError)) throw signal.reason;
      const error = toOperationError(cause, this.name);
      if (error.kind === 'unavailable') {
        this.markDown(error.message);
        this.forget(pool);
      }
      throw error;
    }
  }

  /** Calls that run by the old password are answered: its connections are closed as they come back. */
  private leaveOldAddress(): void {
    const address = this.options.address?.();
    if (this.openedBy !== address && this.pool) {
      const old = this.pool;
      this.opening = undefined;
      this.pool = undefined;
      void old.close();
    }
    this.openedBy = address;
  }

  private open(): Promise<SessionPool> {
    this.opening ??= this.options.locate().then((target) => {
      this.pool = new SessionPool(this.name, target, this.limits, this.options.allowSuperuser);
      return this.pool;
    });
    return this.opening;
  }

  /** Lets the next call look anew where the database is, if it was not found or may have moved. */
  private forget(failed: SessionPool | undefined): void {
    if (this.closed || failed !== this.pool || (failed && !this.options.moves)) return;
    this.opening = undefined;
    this.pool = undefined;
    void failed?.close();
  }

  private markUp(): void {
    if (this.failure !== undefined) this.logger.log('readable again');
    this.failure = undefined;
  }

  private markDown(reason: string): void {
    if (this.failure !== reason) this.logger.warn(reason);
    this.failure = reason;
    if (this.closed || this.nextProbe) return;
    this.nextProbe = setTimeout(() => {
      this.nextProbe = undefined;
      void this.probe();
    }, PROBE_INTERVAL_MS).unref();
  }
}

function shapeBy(parse: ParseValue, fields: readonly WireField[]): RowShape {
  const type = { ...unknownType, parse };
  return rowShape(
    fields,
    fields.map(() => type),
  );
}

function pooled(request: Request): PooledStatement {
  const { text, params = [], json, maxRows, maxBytes, timeoutMs, functions, prelude, readOn } = request;
  // Text may be longer than the JSON that it becomes: bytea by a half, json by its white space.
  const maxChars = maxBytes * 2;
  const values = params.map((value, at) => (json?.has(at + 1) ? encodeJsonParam(value) : encodeParam(value)));
  return { text, params: values, maxRows, maxChars, timeoutMs, functions, prelude, readOn };
}

/** `INSERT 0 5` → INSERT, 5 rows. */
function readTag(tag: string): Pick<WrittenRows, 'command' | 'rowCount'> {
  const parts = /^(.*?)(?: \d+)?(?: (\d+))$/.exec(tag);
  return { command: parts?.[1] ?? tag, rowCount: parts?.[2] === undefined ? null : Number(parts[2]) };
}

function untilAborted<T>(work: Promise<T>, signal: CancelSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    if (signal.aborted) return leave();
    signal.addEventListener('abort', leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
