import pg from 'pg';
import { OperationError } from '#libs/kit';

const QUERY_CANCELED = '57014';
const TOO_MANY_CONNECTIONS = '53300';
const UNKNOWN_DATABASE = '3D000';

/** Words with which the driver itself tells that a connection is gone or was not made in time. */
const connectionLost =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed)/;

/** With which a server ends a session, whatever the language of its messages is. */
const endingStates = /^57P0[1-5]$/;

/** Whether the server ended the session with this error. Any other SQLSTATE may be a statement's own doing. */
export function endsSession({ severity, code = '' }: pg.DatabaseError): boolean {
  return severity === 'FATAL' || severity === 'PANIC' || endingStates.test(code);
}

/**
 * What a caller may know about a failure of a statement, or of the connection that it ran on. Failures of a connection are
 * told in our own words, since the server's name hosts, roles and databases; the original is the cause.
 */
export function toOperationError(error: unknown, database: string): OperationError {
  if (error instanceof OperationError) return error;
  if (!(error instanceof pg.DatabaseError) || error.code === undefined) return withoutAnswer(error, database);
  if (endsSession(error)) return sessionEnded(error, database);
  const { code } = error;
  if (code === QUERY_CANCELED && !/user request/.test(error.message)) {
    return new OperationError(
      'deadline',
      'The query took longer than its timeout and was cancelled; narrow it down or give a longer timeoutMs',
      { sqlState: code },
      { cause: error },
    );
  }
  return new OperationError(
    'failed',
    error.message,
    {
      sqlState: code,
      ...(error.hint !== undefined && { hint: error.hint }),
      ...(error.position !== undefined && { position: Number(error.position) }),
    },
    { cause: error },
  );
}

/** As `toOperationError`, for what comes before a connection takes its first query: that can't be the query's fault. */
export function toConnectionError(error: unknown, database: string): OperationError {
  if (!(error instanceof pg.DatabaseError) || error.code === undefined) return toOperationError(error, database);
  const { code } = error;
  if (code.startsWith('08') || code.startsWith('57P0')) return sessionEnded(error, database);
  if (code === TOO_MANY_CONNECTIONS) {
    return unavailable(`The database ${database} has no connection left for the gateway; try again soon`, true, error);
  }
  if (code.startsWith('28')) {
    return unavailable(
      `The database ${database} refused the gateway's credentials; the operator has to correct them`,
      false,
      error,
    );
  }
  if (code === UNKNOWN_DATABASE) {
    return unavailable(
      `The server of ${database} has no such database; the operator has to correct its URL`,
      false,
      error,
    );
  }
  return unavailable(`The database ${database} takes no connections at the moment; try again soon`, true, error);
}

/** The pool is exhausted: the database itself may be well. */
export function allBusy(database: string): OperationError {
  return new OperationError('limited', `All of the gateway's connections to ${database} are busy; try again soon`, {
    retryAfterMs: 1_000,
  });
}

function sessionEnded(error: unknown, database: string): OperationError {
  return unavailable(
    `The database ${database} closed the connection or is starting or stopping; try again`,
    true,
    error,
  );
}

/** Failures before or instead of an answer: sockets, names, TLS, the driver. */
function withoutAnswer(error: unknown, database: string): OperationError {
  const message = error instanceof Error ? error.message : '';
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (/^(E[A-Z]+|EAI_[A-Z]+)$/.test(code) || connectionLost.test(message)) {
    return unavailable(`The database ${database} can't be reached; try again soon`, true, error);
  }
  return unavailable(
    `No connection to the database ${database}: TLS or authentication can't be agreed on`,
    false,
    error,
  );
}

function unavailable(message: string, retryable: boolean, cause: unknown): OperationError {
  return new OperationError('unavailable', message, { retryable }, { cause });
}
