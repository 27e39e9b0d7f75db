import { Client, Pool } from 'pg';
import type { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';

/** How long a server may take to confirm the end of a connection. */
const GOODBYE_MS = 1_000;

/** Of connections that were never open: no statement was sent over them. */
const beforeOpen = new WeakSet<Error>();

export function isBeforeOpen(error: unknown): boolean {
  return error instanceof Error && beforeOpen.has(error);
}

/** A connection of the store's pool; one behind which nobody answers does not outlive that. */
export class PoolClient extends Client {
  /** As the pool calls it. */
  override connect(...[told]: never[]): never {
    const tell = told as unknown as (error?: Error | null) => void;
    const noting = (error?: Error | null) => {
      if (error) beforeOpen.add(error);
      tell(error);
    };
    return super.connect(...([noting] as unknown as [])) as never;
  }

  // `never`: of all the forms that pg declares
  override query(...given: never[]): never {
    const answer: unknown = super.query(...(given as unknown as [string]));
    if (answer instanceof Promise) answer.catch((error: unknown) => this.endIfSilent(error));
    return answer as never;
  }

  override end(...given: never[]): never {
    setTimeout(() => this.connection.stream.destroy(), GOODBYE_MS).unref();
    return super.end(...(given as unknown as [])) as never;
  }

  /** Before the pool has it back: pg itself would give the next work to a connection that is still waiting. */
  private endIfSilent(error: unknown): void {
    if (error instanceof Error && error.message === 'Query read timeout') this.end();
  }
}

type Connected = Parameters<Pool['connect']>[0];

/** Of pg-pool, for which there are no types: who waits for a connection. */
interface Waiting {
  readonly callback: Connected;
  readonly timedOut?: boolean;
}

/** New work and what waits get new connections; those that are there end when they are given back. */
export function renewPool(source: DataSource): void {
  const driver = source.driver as PostgresDriver;
  const before = driver.master as Pool & { readonly _pendingQueue: Waiting[] };
  const pool = new Pool(before.options);
  pool.on('error', () => undefined);
  driver.master = pool;
  // it would serve none of them once it ends
  const waiting = before._pendingQueue.splice(0);
  void before.end();
  for (const work of waiting) {
    pool.connect((error, client, done) => {
      if (!work.timedOut) work.callback(error, client, done);
      else if (client) done();
    });
  }
}
