import type { Logger } from '@nestjs/common';
import pg, { type PoolClient } from 'pg';
import { readLean, type CancelSignal } from '#libs/kit';
import { BoundedQuery, type BoundedOptions, type RawRows } from './bounded-query.js';
import type { BoundedStatement } from './bounded-statement.js';
import { requestCancel } from './cancel-request.js';
import { orCutOff } from './cut-off.js';
import { PreparedStatements } from './prepared-statements.js';
import { wireOf } from './wire.js';

/** Time that a cancelled query has to end until its connection is cut. */
const CANCEL_GRACE_MS = 1_000;

/** Time beyond that of a statement within which the server must have ended it; else there is no server any more. */
const SILENCE_MS = 5_000;

/** "cached plan must not change result type", and a prepared statement that is gone: both are mended by parsing anew. */
const staleStates: ReadonlySet<string | undefined> = new Set(['0A000', '26000']);

interface TimedStatement extends BoundedStatement {
  /** What the server was told, where that is not the session's own. */
  timeoutMs?: number | undefined;
}

/** One connection of the pool and what its session has been through. */
export class PooledSession {
  private readonly prepared = new PreparedStatements();
  private running: BoundedQuery | undefined;
  private disarmed = false;
  private stale = false;

  constructor(
    readonly client: PoolClient,
    logger: Logger,
    private readonly queryTimeoutMs: number,
  ) {
    // Without a listener, a connection that dies while it is checked out would end the process.
    client.on('error', (error) => logger.debug(`a connection failed: ${error.message}`));
    const wire = wireOf(client.connection);
    readLean(wire.stream);
    wire.stream.on('data', (chunk: Buffer) => this.running?.received(chunk.length));
    wire.on('parameterStatus', (status: { parameterName: string; parameterValue: string }) => {
      if (status.parameterName === 'default_transaction_read_only') this.disarmed = status.parameterValue !== 'on';
    });
  }

  /** Whether the session is as it was when it was made; otherwise it is to be reset. */
  get tidy(): boolean {
    return !this.disarmed && !this.stale;
  }

  /** Runs one of the gateway's own commands, which answer nothing. */
  async command(text: string, signal?: CancelSignal): Promise<void> {
    await orCutOff(this.client, () => this.client.query(text), { ...(signal && { signal }) });
  }

  /** Runs one statement whose rows don't matter, by the extended protocol: it may hold a caller's text. */
  async perform(text: string, signal: CancelSignal): Promise<void> {
    await this.exchange({ text, params: [], maxRows: 0, maxChars: 0 }, {}, signal);
  }

  /** Runs a statement that only reads; one that comes again is kept prepared. */
  async read(statement: TimedStatement, signal: CancelSignal): Promise<RawRows> {
    const preparation = this.prepared.preparationOf(statement.text);
    try {
      const result = await this.exchange(statement, { preparation }, signal);
      this.prepared.describe(preparation, result.fields);
      return result;
    } catch (error) {
      const isStale = error instanceof pg.DatabaseError && staleStates.has(error.code) && !preparation.parse;
      if (!isStale) throw error;
      this.stale = true;
      return this.exchange(statement, {}, signal);
    }
  }

  /**
   * Runs a statement. When `signal` aborts, it is cancelled in the database; if that does not help, the socket is cut. So it
   * is when the statement's time is long over.
   */
  exchange(statement: TimedStatement, options: BoundedOptions, signal: CancelSignal): Promise<RawRows> {
    if (signal.aborted) return Promise.reject(signal.reason);
    let grace: NodeJS.Timeout | undefined;
    let patience: NodeJS.Timeout | undefined;
    const cut = () => wireOf(this.client.connection).stream.destroy();
    const cancel = () => {
      void requestCancel(this.client);
      grace = setTimeout(cut, CANCEL_GRACE_MS);
    };
    const silence = setTimeout(cut, (statement.timeoutMs ?? this.queryTimeoutMs) + SILENCE_MS);
    signal.addEventListener('abort', cancel, { once: true });
    const query: BoundedQuery = new BoundedQuery(statement, {
      preparation: options.preparation,
      toTheEnd: options.toTheEnd,
      readsOn: (ms) => {
        patience = setTimeout(() => {
          query.stop();
          cancel();
        }, ms);
      },
      over: () => {
        this.running = undefined;
        signal.removeEventListener('abort', cancel);
        clearTimeout(silence);
        clearTimeout(grace);
        clearTimeout(patience);
      },
    });
    this.running = query;
    return this.client.query(query).done;
  }

  /** Puts the session back to its defaults; rejects where that is not possible. */
  async reset(): Promise<void> {
    await this.command('DISCARD ALL');
    this.prepared.clear();
    this.stale = false;
    if (!this.tidy) throw new Error('the session is not read-only by default any more');
  }
}
