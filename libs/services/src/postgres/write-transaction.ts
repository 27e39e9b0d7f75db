import pg from 'pg';
import { OperationError, type CancelSignal } from '#libs/kit';
import type { RawRows } from './bounded-query.js';
import type { BoundedStatement } from './bounded-statement.js';
import type { PooledSession } from './pooled-session.js';
import { endsSession } from './postgres-errors.js';

/** The way to the database was lost once COMMIT had been sent. Whoever asked must hear it, whatever else ended the call. */
export class OutcomeUnknownError extends OperationError {
  constructor(cause: unknown) {
    super(
      'unavailable',
      'The connection was lost while the change was being committed, so whether it took effect is not known; look before you try again',
      { retryable: false },
      { cause },
    );
  }
}

const COMMIT: BoundedStatement = { text: 'COMMIT', params: [], maxRows: 0, maxChars: 0 };

/**
 * Runs one statement in a transaction of its own that may write, in a session that else only reads. It is committed when
 * this resolves. When this rejects, the transaction may still be open: the session is to be rolled back or dropped.
 */
export async function writeInTransaction(
  session: PooledSession,
  statement: BoundedStatement & { timeoutMs?: number | undefined },
  signal: CancelSignal,
): Promise<RawRows> {
  const { timeoutMs } = statement;
  signal.throwIfAborted();
  const timeout = timeoutMs === undefined ? '' : `; SET LOCAL statement_timeout = ${timeoutMs}`;
  await session.command(`BEGIN READ WRITE${timeout}`, signal);
  const result = await session.exchange(statement, { toTheEnd: true }, signal);
  signal.throwIfAborted();
  if (result.cut) throw returnsTooMuch();
  await commit(session, timeoutMs, signal);
  return result;
}

async function commit(session: PooledSession, timeoutMs: number | undefined, signal: CancelSignal): Promise<void> {
  try {
    await session.exchange({ ...COMMIT, timeoutMs }, {}, signal);
  } catch (cause) {
    // a server that ends the session may have written the commit before; else it was rolled back
    if (cause instanceof pg.DatabaseError && !endsSession(cause)) throw cause;
    throw new OutcomeUnknownError(cause);
  }
}

function returnsTooMuch(): OperationError {
  return new OperationError(
    'failed',
    'The statement returns far more than an answer may hold, so it was rolled back; let RETURNING give fewer columns or change fewer rows',
  );
}
