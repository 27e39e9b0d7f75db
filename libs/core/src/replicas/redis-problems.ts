import { connectionProblem } from '../store/connection-errors.js';

/** What is told of a server that does none of its work now: the first word of its answers, which scripts may wrap. */
const REFUSALS: Record<string, string> = {
  READONLY: 'it is read-only; see whether REDIS_URL leads to a replica',
  OOM: 'its memory is full; see its maxmemory',
  MISCONF: 'it takes no writes since it can’t save them; see its log',
  LOADING: 'it is loading its data',
  NOREPLICAS: 'it takes no writes without its replicas; see its min-replicas-to-write',
  MASTERDOWN: 'it is a replica that has lost its primary',
  BUSY: 'a script keeps it from its work',
  NOAUTH: 'it asks for a password, and REDIS_URL has none',
  WRONGPASS: 'the user or the password in REDIS_URL is wrong',
};

const REFUSED = new RegExp(`(?:^|: -)(${Object.keys(REFUSALS).join('|')}) `);

/** Texts of ioredis about itself, after it has told what became of the connection. */
const AFTERWARDS =
  /^Connection is closed|^Stream isn't writeable|^Reached the max retries|^Command aborted due to connection close/;

/** Whether it is an answer, by whatever server is there. */
export function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/** The first word of an answer that would be the same for every write; undefined for any other error. */
export function refusalOf(error: unknown): string | undefined {
  return isReply(error) ? REFUSED.exec(error.message)?.[1] : undefined;
}

/** Why Redis is of no use now; undefined for what says only that the connection is gone. */
export function redisProblem(error: unknown): string | undefined {
  const refusal = refusalOf(error);
  if (refusal !== undefined) return REFUSALS[refusal];
  if (!(error instanceof Error)) return 'it answers with errors';
  if (AFTERWARDS.test(error.message)) return undefined;
  return connectionProblem(error) ?? error.message;
}
