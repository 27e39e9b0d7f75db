import type { Caller, CallerBudget } from '#libs/kit';
import type { ApiKeyEntity } from '../store/entities/api-key.entity.js';
import { KeyUse } from './key-use.js';
import { Networks } from './networks.js';
import type { Origin } from './request-facts.js';

/** What an admin decides about a key. */
export interface KeyPolicy {
  name: string;
  permissions: string[];
  owner?: string | undefined;
  team?: string | undefined;
  expiresAt?: Date | undefined;
  /** CIDRs from which alone the key is taken; all, when unset. */
  allowedNetworks?: string[] | undefined;
  /** Where they differ from the gateway's defaults. */
  limits?: CallerBudget | undefined;
}

/** The key that a rotation has replaced, while it is still taken. */
interface RetiredKey {
  hash: string;
  pepperId: string;
  until: Date;
}

interface KeyState {
  id: string;
  hash: string;
  /** Names the pepper that the hash was made with. */
  pepperId: string;
  prefix: string;
  createdAt: Date;
  retired: RetiredKey | undefined;
  use: KeyUse;
  /** The key of MCP_ADMIN_KEY lives in the configuration, not in the store. */
  fromEnvironment: boolean;
}

/** A key as it is known in memory; the key itself is kept nowhere. */
export interface KeyRecord extends KeyPolicy, KeyState {
  networks: Networks | undefined;
  caller: Caller;
}

export function recordOf(state: KeyState, policy: KeyPolicy): KeyRecord {
  const { name, permissions, owner, team, expiresAt, allowedNetworks } = policy;
  const limits = policy.limits && Object.keys(policy.limits).length > 0 ? policy.limits : undefined;
  const networks = allowedNetworks ? new Networks(allowedNetworks) : undefined;
  // each by its name: of what is spread and then added to, each gets a shape of its own, which all that reads it pays for;
  // and a state that is the record of before brings its networks and its caller along, which must not outlive it
  return {
    id: state.id,
    hash: state.hash,
    pepperId: state.pepperId,
    prefix: state.prefix,
    createdAt: state.createdAt,
    retired: state.retired,
    use: state.use,
    fromEnvironment: state.fromEnvironment,
    name,
    permissions,
    owner,
    team,
    expiresAt,
    allowedNetworks,
    limits,
    networks,
    caller: callerOf(state.id, { name, permissions, owner, team, limits }),
  };
}

function callerOf(id: string, { name, permissions, owner, team, limits }: KeyPolicy): Caller {
  const caller: { -readonly [K in keyof Caller]: Caller[K] } = { id, kind: 'key', subject: name, permissions };
  if (owner !== undefined) caller.owner = owner;
  if (team !== undefined) caller.team = team;
  if (limits !== undefined) caller.limits = limits;
  return caller;
}

/** A row written before rows named their pepper has that of `pepperId`. */
export function recordOfRow(row: ApiKeyEntity, pepperId: string, use?: KeyUse): KeyRecord {
  const { retiredHash, retiredPepperId, retiredUntil } = row;
  return recordOf(
    {
      id: row.id,
      hash: row.hash,
      pepperId: row.pepperId ?? pepperId,
      prefix: row.prefix,
      createdAt: row.createdAt,
      retired:
        retiredHash !== null && retiredUntil !== null
          ? { hash: retiredHash, pepperId: retiredPepperId ?? pepperId, until: retiredUntil }
          : undefined,
      use: use ?? new KeyUse(Number(row.useCount), row.lastUsedAt?.getTime()),
      fromEnvironment: false,
    },
    {
      name: row.name,
      permissions: row.permissions,
      owner: row.owner ?? undefined,
      team: row.team ?? undefined,
      expiresAt: row.expiresAt ?? undefined,
      allowedNetworks: row.allowedNetworks ?? undefined,
      limits: row.limits ?? undefined,
    },
  );
}

/** All of a record that is stored, but for its use, which is written by itself. */
export function columnsOf(record: KeyRecord) {
  return {
    hash: record.hash,
    pepperId: record.pepperId,
    prefix: record.prefix,
    retiredHash: record.retired?.hash ?? null,
    retiredPepperId: record.retired?.pepperId ?? null,
    retiredUntil: record.retired?.until ?? null,
    name: record.name,
    permissions: record.permissions,
    owner: record.owner ?? null,
    team: record.team ?? null,
    expiresAt: record.expiresAt ?? null,
    allowedNetworks: record.allowedNetworks ?? null,
    limits: record.limits ?? null,
    createdAt: record.createdAt,
  };
}

export function isExpired({ expiresAt }: KeyPolicy): boolean {
  return expiresAt !== undefined && expiresAt.getTime() <= Date.now();
}

/** Whether the key is good where it comes from. */
export function isTakenFrom(record: KeyRecord, { address, direct }: Pick<Origin, 'address' | 'direct'>): boolean {
  if (isExpired(record)) return false;
  return !record.networks || (direct && record.networks.includes(address));
}

/** How much of an admin's key a record is: 2 for good, 1 until it expires, 0 not at all. */
export function adminStanding(record: KeyRecord): number {
  const holds = record.permissions.some((permission) => permission === '*' || permission === 'admin');
  if (!holds || isExpired(record)) return 0;
  return record.expiresAt === undefined ? 2 : 1;
}
