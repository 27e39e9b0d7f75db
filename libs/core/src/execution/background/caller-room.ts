import type { EntityManager } from 'typeorm';
import { OperationError } from '#libs/kit';
import { stateNow } from './states-in-sql.js';

/** Calls of one caller that may be open at once. */
const MAX_OPEN = 100;
/** What a call takes beside its arguments and its outcome. */
const ROW_BYTES = 1_024;

const STATE_NOW = stateNow('$2');

const USED = `
  SELECT count(*) FILTER (WHERE ${STATE_NOW} IN ('waiting', 'running'))::int AS open,
    coalesce(sum(octet_length(sealed_call) + coalesce(octet_length(sealed_outcome), 0) + ${ROW_BYTES}), 0)::float8 AS bytes,
    (extract(epoch FROM min(expires_at) FILTER (WHERE ${STATE_NOW} NOT IN ('waiting', 'running')) - now()) * 1000)::float8
      AS "freeInMs"
  FROM background_calls call WHERE caller_id = $1`;

/** Kept for longer than was promised. */
const DROP_EXPIRED = `DELETE FROM background_calls WHERE caller_id = $1 AND state <> 'running' AND expires_at <= now()`;

interface Used {
  open: number;
  bytes: number;
  /** When the first of those that have ended expires; null where none has. */
  freeInMs: number | null;
}

/**
 * Throws `limited` where a caller has no room for one more call of `bytes`. No outcome goes before its time to make room:
 * that it is kept was promised, and whoever has asked may be the only one to know that it is there.
 */
export async function requireRoom(
  manager: EntityManager,
  callerId: string,
  bytes: number,
  maxBytes: number,
  alive: readonly string[] | null,
): Promise<void> {
  let used = await usedBy(manager, callerId, alive);
  const isFull = () => maxBytes > 0 && used.bytes + bytes + ROW_BYTES > maxBytes;
  if (isFull()) {
    await manager.query(DROP_EXPIRED, [callerId]);
    used = await usedBy(manager, callerId, alive);
  }
  if (used.open >= MAX_OPEN) throw tooMany();
  if (isFull()) throw tooMuch(used, maxBytes);
}

async function usedBy(manager: EntityManager, callerId: string, alive: readonly string[] | null): Promise<Used> {
  const [used] = await manager.query<[Used]>(USED, [callerId, alive]);
  return used;
}

function tooMany(): OperationError {
  return new OperationError(
    'limited',
    `${MAX_OPEN} of your calls in the background are open, which is as many as may. Wait until some have ended.`,
    { retryAfterMs: 60_000 },
  );
}

function tooMuch({ bytes, freeInMs }: Used, maxBytes: number): OperationError {
  const wait =
    freeInMs === null
      ? 'Cancel some that wait with cancel_call, or wait until some have ended.'
      : `Outcomes stay until they expire, the first in ${Math.ceil(freeInMs / 60_000)} minutes: wait until then, or make the call without start_call.`;
  return new OperationError(
    'limited',
    `Your calls in the background and their outcomes take ${kib(bytes)} KiB of the store, of ${kib(maxBytes)} KiB that may ` +
      `be kept (MCP_BACKGROUND_KEPT_BYTES). ${wait}`,
    { retryAfterMs: Math.max(1_000, Math.ceil(freeInMs ?? 60_000)) },
  );
}

function kib(bytes: number): string {
  return Math.round(bytes / 1_024).toLocaleString('en');
}
