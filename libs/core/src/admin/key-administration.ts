import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { Caller } from '#libs/kit';
import type { Changer } from '../access/admin-standing.js';
import { ApiKeys } from '../access/api-keys.js';
import type { KeyRecord } from '../access/key-record.js';
import { Policy } from '../access/policy/policy.js';
import type { keyChange, newKey, rotation } from './key-fields.js';
import { pageOf, type PageQuery } from './page.js';

/** What administrators do with keys, and by which rules, whichever way they ask. */
@Injectable()
export class KeyAdministration {
  constructor(
    private readonly keys: ApiKeys,
    private readonly policy: Policy,
  ) {}

  list(query: PageQuery) {
    const { items, nextCursor } = pageOf(this.keys.list(), query);
    return { items: items.map(show), nextCursor };
  }

  async create(policy: z.output<typeof newKey>, caller: Caller) {
    this.policy.requireGrantable(caller, holderOf(policy));
    return showNew(await this.keys.create(policy));
  }

  read(id: string) {
    return show(this.keys.get(id));
  }

  async change(id: string, change: z.output<typeof keyChange>, caller: Caller, origin: Changer['origin']) {
    if (decides(change)) {
      this.policy.requireGrantable(caller, holderOf({ ...this.keys.get(id), ...change }), change.permissions ?? []);
    }
    const decided = Object.entries(change).map(([member, value]) => [member, value ?? undefined]);
    return show(await this.keys.update(id, Object.fromEntries(decided) as object, { id: caller.id, origin }));
  }

  /** Whoever rotates a key gets to know it, and so needs all that it may do. */
  async rotate(id: string, { overlapSeconds }: z.output<typeof rotation>, caller: Caller) {
    this.policy.requireGrantable(caller, holderOf(this.keys.get(id)));
    const { key } = await this.keys.rotate(id, overlapSeconds);
    return { id, key };
  }

  remove(id: string): Promise<void> {
    return this.keys.remove(id);
  }
}

/** Who a key makes of its holder. */
export function holderOf({ name, permissions, owner, team }: KeyHolder): Omit<Caller, 'id'> {
  return {
    kind: 'key',
    subject: name,
    permissions,
    ...(typeof owner === 'string' && { owner }),
    ...(typeof team === 'string' && { team }),
  };
}

interface KeyHolder {
  name: string;
  permissions: string[];
  owner?: string | null | undefined;
  team?: string | null | undefined;
}

/** Whether a change touches what permissions and rules go by. */
function decides(change: object): boolean {
  return ['name', 'permissions', 'owner', 'team'].some((member) => member in change);
}

/** A key as it is shown once, when it is made. */
export function showNew({ key, record }: { key: string; record: KeyRecord }) {
  const { id, ...shown } = show(record);
  return { id, key, ...shown };
}

function show(record: KeyRecord) {
  const { id, name, prefix, permissions, owner, team, expiresAt, allowedNetworks, limits } = record;
  const { createdAt, fromEnvironment, retired, use } = record;
  return {
    id,
    name,
    prefix,
    permissions,
    owner: owner ?? null,
    team: team ?? null,
    expiresAt: expiresAt?.toISOString() ?? null,
    allowedNetworks: allowedNetworks ?? null,
    limits: limits ?? null,
    createdAt: createdAt.toISOString(),
    lastUsedAt: use.lastAt === undefined ? null : new Date(use.lastAt).toISOString(),
    useCount: use.count,
    overlapUntil: retired && retired.until.getTime() > Date.now() ? retired.until.toISOString() : null,
    origin: fromEnvironment ? 'environment' : 'store',
  };
}
