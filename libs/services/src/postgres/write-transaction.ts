import pg from 'pg';
import { OperationError, type CancelSignal } from '#libs/kit';
import type { RawRows } from './bounded-query.js';
import type { BoundedStatement } from './bounded-statement.js';
import type { PooledSession } from './pooled-session.js';
import { endsSession } from './postgres-errors.js';

const COMMIT: BoundedStatement = { text: 'COMMIT', params: [], maxRows: 0, maxChars: 0 };

/**
 * Runs one statement in a transaction of its own that may write, in a session that else only reads. It is committed when
 * this resolves. When this rejects, the transaction may still be open: the session is to be rolled back or dropped.
 */
export async function writeInTransaction(
  session: PooledSession,
  { timeoutMs, ...statement }: BoundedStatement & { timeoutMs?: number },
  signal: CancelSignal,
): Promise<RawRows> {
  signal.throwIfAborted();
  const timeout = timeoutMs === undefined ? '' : `; SET LOCAL statement_timeout = ${timeoutMs}`;
  await session.command(`BEGIN READ WRITE${timeout}`);
  const result = await session.exchange(statement, { toTheEnd: true }, signal);
  signal.throwIfAborted();
  if (result.cut) throw returnsTooMuch();
  await commit(session, signal);
  return result;
}

async function commit(session: PooledSession, signal: CancelSignal): Promise<void> {
  try {
    await session.exchange(COMMIT, {}, signal);
  } catch (cause) {
    // a server that ends the session may have written the commit before; else it was rolled back
    if (cause instanceof pg.DatabaseError && !endsSession(cause)) throw cause;
    throw new OperationError(
      'unavailable',
      'The connection was lost while the change was being committed, so whether it took effect is not known; look before you try again',
      { retryable: false },
      { cause },
    );
  }
}

function returnsTooMuch(): OperationError {
  return new OperationError(
    'failed',
    'The statement returns far more than an answer may hold, so it was rolled back; let RETURNING give fewer columns or change fewer rows',
  );
}
