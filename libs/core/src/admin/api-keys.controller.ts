import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import type { Caller } from '#libs/kit';
import { Access, CurrentCaller } from '../access/access.decorator.js';
import { ApiKeys } from '../access/api-keys.js';
import type { KeyRecord } from '../access/key-record.js';
import { Networks } from '../access/networks.js';
import { requireGrantable } from '../access/permissions.js';
import { Checked } from '../execution/checked.pipe.js';
import { MAX_RESULT_TOKENS, MIN_RESULT_TOKENS } from '../execution/results/results.settings.js';
import { permissionList, plainName } from './fields.js';
import { pageOf, pageQuery } from './page.js';

const MAX_LIMIT = 1_000_000_000;
const MAX_OVERLAP_SECONDS = 7 * 86_400;

const expiresAt = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  .refine((date) => date.getTime() > Date.now(), 'a time in the future');
const allowedNetworks = z.array(z.string().refine(isNetwork, 'a CIDR or an address')).min(1).max(200);

const limit = z.int().min(0).max(MAX_LIMIT).optional();
const resultTokens = z.int().min(MIN_RESULT_TOKENS).max(MAX_RESULT_TOKENS).optional();
const limits = z.strictObject({
  perMinute: limit,
  perHour: limit,
  concurrency: limit,
  tokensPerDay: limit,
  resultTokens,
});

export const newKey = z.strictObject({
  name: plainName,
  permissions: permissionList,
  owner: plainName.optional(),
  team: plainName.optional(),
  expiresAt: expiresAt.optional(),
  allowedNetworks: allowedNetworks.optional(),
  limits: limits.optional(),
});

/** `null` takes what was decided away again; `limits` are replaced as a whole. */
const keyChange = z.strictObject({
  name: plainName.optional(),
  permissions: permissionList.optional(),
  owner: plainName.nullable().optional(),
  team: plainName.nullable().optional(),
  expiresAt: expiresAt.nullable().optional(),
  allowedNetworks: allowedNetworks.nullable().optional(),
  limits: limits.nullable().optional(),
});

const rotation = z.strictObject({ overlapSeconds: z.int().min(0).max(MAX_OVERLAP_SECONDS).default(0) });

@Controller('admin/api-keys')
@Access('admin')
export class ApiKeysController {
  constructor(private readonly keys: ApiKeys) {}

  @Get()
  list(@Query(new Checked(pageQuery)) query: z.output<typeof pageQuery>) {
    const { items, nextCursor } = pageOf(this.keys.list(), query);
    return { items: items.map(show), nextCursor };
  }

  @Post()
  async create(@Body(new Checked(newKey)) policy: z.output<typeof newKey>, @CurrentCaller() caller: Caller) {
    requireGrantable(caller, policy.permissions);
    return showNew(await this.keys.create(policy));
  }

  @Get(':id')
  read(@Param('id') id: string) {
    return show(this.keys.get(id));
  }

  @Patch(':id')
  async change(
    @Param('id') id: string,
    @Body(new Checked(keyChange)) change: z.output<typeof keyChange>,
    @CurrentCaller() caller: Caller,
  ) {
    requireGrantable(caller, change.permissions ?? []);
    const decided = Object.entries(change).map(([member, value]) => [member, value ?? undefined]);
    return show(await this.keys.update(id, Object.fromEntries(decided) as object));
  }

  /** Whoever rotates a key gets to know it, and so needs all that it may do. */
  @Post(':id/rotate')
  @HttpCode(200)
  async rotate(
    @Param('id') id: string,
    @Body(new Checked(rotation)) { overlapSeconds }: z.output<typeof rotation>,
    @CurrentCaller() caller: Caller,
  ) {
    requireGrantable(caller, this.keys.get(id).permissions);
    const { key } = await this.keys.rotate(id, overlapSeconds);
    return { id, key };
  }

  @Delete(':id')
  @HttpCode(204)
  async remove(@Param('id') id: string): Promise<void> {
    await this.keys.remove(id);
  }
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

function isNetwork(text: string): boolean {
  try {
    return text !== 'none' && !text.startsWith('!') && !new Networks([text]).empty;
  } catch {
    return false;
  }
}
