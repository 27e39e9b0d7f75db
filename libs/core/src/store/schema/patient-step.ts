import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource, QueryRunner } from 'typeorm';
import { StartError } from '#libs/kit';
import { codeOf } from '../connection-errors.js';
import { SchemaHistory } from './schema-history.js';

/** How long a step waits for a lock, since all who need the table wait behind it, and how often it tries. */
export interface Patience {
  readonly lockMs: number;
  /** In which those who waited come to their turn. */
  readonly pauseMs: number;
  readonly tries: number;
}

export const PATIENCE: Patience = { lockMs: 1_000, pauseMs: 2_000, tries: 15 };

/** SQLSTATE of a lock that was not to be had in time, and of two who waited for each other. */
const LOCKED: ReadonlySet<string> = new Set(['55P03', '40P01']);

const LONGEST = `
  SELECT pid, coalesce(nullif(application_name, ''), 'unnamed') AS name, coalesce(state, 'unknown') AS state,
    extract(epoch FROM now() - xact_start)::int AS seconds
  FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
  ORDER BY xact_start LIMIT 1`;

/** Migrations in one transaction that waits for no lock for long, and is tried again. Throws a StartError in the end. */
export async function takeStep(
  source: DataSource,
  names: readonly string[],
  { lockMs, pauseMs, tries }: Patience,
  tell: (line: string) => void,
): Promise<void> {
  const runner = source.createQueryRunner();
  try {
    for (let tried = 1; ; tried += 1) {
      const problem = await attempt(source, runner, names, lockMs);
      if (!problem) return;
      const holder = await longestTransaction(runner);
      if (tried >= tries) throw locked(names, tries, holder, problem);
      if (tried === 1) tell(`Migrating the store waits for a lock on its tables. ${holder}`);
      await sleep(pauseMs);
    }
  } finally {
    await runner.release();
  }
}

/** Answers what it was told of a lock that was not to be had. */
async function attempt(
  source: DataSource,
  runner: QueryRunner,
  names: readonly string[],
  lockMs: number,
): Promise<unknown> {
  await runner.startTransaction();
  try {
    await runner.query(`SET LOCAL lock_timeout = ${lockMs}`);
    await new SchemaHistory(source, runner).run(names);
    await runner.commitTransaction();
    return undefined;
  } catch (error) {
    await runner.rollbackTransaction().catch(() => undefined);
    if (LOCKED.has(codeOf(error))) return error;
    throw error;
  }
}

/** Who is probably in the way. */
async function longestTransaction(runner: QueryRunner): Promise<string> {
  const [found] = (await runner.query(LONGEST)) as { pid: number; name: string; state: string; seconds: number }[];
  if (!found) return 'No transaction is open any more.';
  const { pid, name, state, seconds } = found;
  return `The longest transaction there is that of process ${pid} (${name}, ${state}), open for ${seconds} seconds.`;
}

function locked(names: readonly string[], tries: number, holder: string, cause: unknown): StartError {
  return new StartError(
    `The store can't be migrated (${names.join(', ')}): its tables are locked, by a backup or a transaction that was left ` +
      `open, and were not to be had in ${tries} tries. ${holder} Wait for its end, or end it with ` +
      'SELECT pg_terminate_backend(<process>), then start again. This step has changed nothing.',
    { cause },
  );
}
