import { DatabaseError } from 'pg';
import { OperationError } from '#libs/kit';
import { isBeforeOpen } from './pool-client.js';

/** What is told about a store that can't be reached; names no host and no secret. */
const NETWORK: Record<string, string> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ENOTFOUND: 'its host name is not known',
  EAI_AGAIN: 'its host name could not be looked up',
  ETIMEDOUT: 'it did not answer in time',
  EHOSTUNREACH: 'its host can’t be reached',
  ENETUNREACH: 'its network can’t be reached',
};

/** SQLSTATE: https://www.postgresql.org/docs/18/errcodes-appendix.html */
const SERVER: Record<string, string> = {
  '57P01': 'it is shutting down',
  '57P02': 'it crashed',
  '57P03': 'it is starting up',
  '53300': 'it takes no more connections',
  '25P03': 'it ended the connection by a timeout of its own',
  '25P04': 'it ended the connection by a timeout of its own',
  '57P05': 'it ended the connection by a timeout of its own',
};

/** What is told of a server that can be read alone. */
export const READ_ONLY =
  'it is read-only; see default_transaction_read_only, or whether DATABASE_URL leads to a standby';

/** Of a server that is there and does not do its work, by SQLSTATE or its class, with what is to be done. */
const REFUSALS: readonly (readonly [codes: RegExp, reason: string])[] = [
  [/^53100/, 'its disk is full; make room there'],
  [/^53200/, 'it is out of memory; give it more'],
  [/^25006/, READ_ONLY],
  // 53400 is about one statement alone
  [/^53(?!400)/, 'it is short of resources; see its log'],
  // 57014 is a statement that was cancelled
  [/^57(?!014)/, 'an operator keeps it from its work; see its log'],
  [/^58/, 'its disk or its system fails; see its log'],
];

const MENDABLE: Record<string, string> = {
  '28P01': 'the password in DATABASE_URL is wrong',
  '28000': 'PostgreSQL refuses the user in DATABASE_URL (see its pg_hba.conf)',
  '3D000': 'the database in DATABASE_URL does not exist; create it',
  '42501': 'the user in DATABASE_URL may not create tables in the database; grant it CREATE on the schema',
};

/** Texts of pg's login, which go on with what kind of password it wants. */
const NO_PASSWORD = /^SASL: \S+ client password must be /;
const WANTS_PASSWORD = 'PostgreSQL asks for a password, and DATABASE_URL has none; put it there, or set PGPASSWORD';

/** Of these, the ones that are about who connects. */
const LOGIN: ReadonlySet<string> = new Set(['28P01', '28000']);

/** Texts of pg itself, which has no codes for them. */
const SLOW = /connection timeout|timeout expired|^timeout exceeded when trying to connect|^Query read timeout/;
const CUT = /^Connection terminated|^Client has encountered a connection error|^Client was closed|^Cannot use a pool/;

/** Why the store can't be reached, for an error that means just that; undefined for any other error. */
export function connectionProblem(error: unknown): string | undefined {
  const code = codeOf(error);
  if (code in SERVER) return SERVER[code];
  if (innermost(error) instanceof DatabaseError) return code.startsWith('08') ? 'the connection was cut' : undefined;
  if (code in NETWORK) return NETWORK[code];
  // of a file that is missing too
  if (code === 'ENOENT') return syscallOf(error) === 'connect' ? 'its socket does not exist' : undefined;
  const message = messageOf(error);
  if (SLOW.test(message)) return 'it did not answer in time';
  return CUT.test(message) ? 'the connection was cut' : undefined;
}

/** By which a connection ends that was open: what was sent over it may be done. */
const BROKEN_OFF: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', '57P01', '57P02', '57P05', '25P03', '25P04']);
/** Of class 08 (connection exception), those that say that there was no connection. */
const NEVER_OPEN: ReadonlySet<string> = new Set(['08001', '08003', '08004']);
const LOST = /^Query read timeout|^Connection terminated(?! due to connection timeout)/;

/** Whether an error of the connection came after a statement was sent, so that nobody knows what became of it. */
export function isUnanswered(error: unknown): boolean {
  if (isBeforeOpen(innermost(error))) return false;
  const code = codeOf(error);
  if (code.startsWith('08')) return !NEVER_OPEN.has(code);
  return BROKEN_OFF.has(code) || LOST.test(messageOf(error));
}

/** Why a store that can be reached does not do its work, as with a full disk; undefined for any other error. */
export function refusalProblem(error: unknown): string | undefined {
  const code = codeOf(error);
  if (code in SERVER || !(innermost(error) instanceof DatabaseError)) return undefined;
  return REFUSALS.find(([codes]) => codes.test(code))?.[1];
}

/** Why a further connection is refused, as while a password was changed at the server and not yet here. */
export function loginProblem(error: unknown): string | undefined {
  const code = codeOf(error);
  if (NO_PASSWORD.test(messageOf(error))) return WANTS_PASSWORD;
  return LOGIN.has(code) ? MENDABLE[code] : undefined;
}

/** What a person must do before the store can be used, for an error that time won't mend. */
export function personsTask(error: unknown): string | undefined {
  const task = loginProblem(error) ?? MENDABLE[codeOf(error)];
  if (task !== undefined) return task;
  if (/SSL|certificate/i.test(messageOf(error)) && connectionProblem(error) === undefined) {
    return `no TLS connection to the server of DATABASE_URL (${messageOf(error)}); see sslmode`;
  }
  return undefined;
}

/** Whether PostgreSQL will never take this: what it can't hold (class 22), what breaks a rule (23) or is too large (54). */
export function isRefusedForGood(error: unknown): boolean {
  return /^(?:22|23|54)[0-9A-Z]{3}$/.test(codeOf(error));
}

/** TypeORM wraps what pg throws, as the store does; node packs several addresses' failures into one error. */
function innermost(error: unknown): unknown {
  if (error instanceof OperationError && error.cause !== undefined) return innermost(error.cause);
  if (error instanceof AggregateError && error.errors.length > 0) return innermost(error.errors[0]);
  if (error instanceof Error && 'driverError' in error && error.driverError) return innermost(error.driverError);
  return error;
}

/** The code of what is innermost of an error; empty where it has none. */
export function codeOf(error: unknown): string {
  const inner = innermost(error);
  return inner instanceof Error && 'code' in inner && typeof inner.code === 'string' ? inner.code : '';
}

function syscallOf(error: unknown): unknown {
  const inner = innermost(error);
  return inner instanceof Error && 'syscall' in inner ? inner.syscall : undefined;
}

function messageOf(error: unknown): string {
  const inner = innermost(error);
  return inner instanceof Error ? inner.message : String(inner);
}
