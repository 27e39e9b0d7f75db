import type { StoredLine } from './audit-store.js';

/** A line as it is shown. */
export type AuditItem = ReturnType<typeof auditItem>;

export function auditItem({ replica, seq, hash, arguments: given, ...line }: StoredLine) {
  const { time, requestId, caller, callerKind, callerSubject, onBehalfOf, owner, team, door, address } = line;
  const { service, operation, outcome, errorKind, durationMs, bytes, tokens } = line;
  return {
    id: `${replica}-${seq}`,
    time,
    requestId,
    caller,
    callerKind,
    callerSubject,
    ...(onBehalfOf !== null && { onBehalfOf }),
    ...(owner !== null && { owner }),
    ...(team !== null && { team }),
    door,
    address,
    service,
    operation,
    arguments: parsed(given),
    outcome,
    ...(errorKind !== null && { errorKind }),
    durationMs,
    bytes,
    tokens,
    replica,
    seq,
    hash,
  };
}

/** What someone has changed in the store need not be JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
