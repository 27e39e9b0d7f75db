import { OperationError, type Caller } from '#libs/kit';

/** Stands for the memories of all agents. */
export const EVERY_AGENT = '*';

/**
 * The agent whose memories a call is about: the caller itself where it names none; undefined for all agents. Only callers
 * that are known by their address alone, and admins, may name another one. The right to call one operation is not enough
 * for that: it would let every agent with a key for `mem0.search` read the others' minds.
 */
export function agentOf(agentId: string | undefined, caller: Caller): string | undefined {
  const agent = agentId ?? caller.id;
  if (agent !== caller.id && !mayNameOthers(caller)) {
    const whose = agent === EVERY_AGENT ? 'all agents' : 'another agent';
    throw new OperationError(
      'forbidden',
      `${caller.subject} may not touch the memory of ${whose}: the permission admin is missing. Leave agentId out for your own.`,
      { permission: 'admin' },
    );
  }
  return agent === EVERY_AGENT ? undefined : agent;
}

function mayNameOthers({ kind, permissions }: Caller): boolean {
  return kind === 'local' || ['*', 'admin', 'mem0:admin'].some((permission) => permissions.includes(permission));
}
