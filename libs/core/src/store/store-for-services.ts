import type { QueryRunner } from 'typeorm';
import { ServiceStore, type Sql } from '#libs/kit';
import type { Store } from './store.js';

/** The store as services see it: SQL over its pool. */
export class StoreForServices extends ServiceStore {
  constructor(private readonly store: Store) {
    super();
  }

  override query<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.onRunner((runner) => rowsOf<Row>(runner, text, values));
  }

  override transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.onRunner((runner) =>
      runner.manager.transaction(() => work({ query: (text, values = []) => rowsOf(runner, text, values) })),
    );
  }

  override problem(): string | undefined {
    const { state, reason } = this.store.status();
    return state === 'ready' ? undefined : (reason ?? 'it is not up yet');
  }

  private onRunner<T>(work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    return this.store.run(async ({ dataSource }) => {
      const runner = dataSource.createQueryRunner();
      try {
        return await work(runner);
      } finally {
        await runner.release();
      }
    });
  }
}

async function rowsOf<Row extends object>(
  runner: QueryRunner,
  text: string,
  values: readonly unknown[],
): Promise<Row[]> {
  // the structured form gives rows whatever the statement was; the other one wraps those of UPDATE and DELETE
  const { records } = await runner.query(text, [...values], true);
  return records as Row[];
}
