import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import { Access } from '../access/access.decorator.js';
import { ApiKeys, type KeyRecord } from '../access/api-keys.js';
import { Networks } from '../access/networks.js';
import { isPermission } from '../access/permissions.js';
import { Checked } from '../execution/checked.pipe.js';
import { pageOf, pageQuery } from './page.js';

/** PostgreSQL takes no NUL, UTF-8 no lone surrogate, and no log's reader any other control character. */
const plainText = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .refine((text) => !/[\p{Cc}\p{Cs}]/u.test(text), 'text without control characters');
const permissions = z
  .array(z.string().refine(isPermission, 'a permission: an action, service:action, service.operation or *'))
  .min(1)
  .max(200);
const expiresAt = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  .refine((date) => date.getTime() > Date.now(), 'a time in the future');
const allowedNetworks = z.array(z.string().refine(isNetwork, 'a CIDR or an address')).min(1).max(200);

const newKey = z.strictObject({
  name: plainText,
  permissions,
  owner: plainText.optional(),
  team: plainText.optional(),
  expiresAt: expiresAt.optional(),
  allowedNetworks: allowedNetworks.optional(),
});

/** `null` takes a limit away again. */
const keyChange = z.strictObject({
  name: plainText.optional(),
  permissions: permissions.optional(),
  owner: plainText.nullable().optional(),
  team: plainText.nullable().optional(),
  expiresAt: expiresAt.nullable().optional(),
  allowedNetworks: allowedNetworks.nullable().optional(),
});

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
  async create(@Body(new Checked(newKey)) policy: z.output<typeof newKey>) {
    const { key, record } = await this.keys.create(policy);
    const { id, ...shown } = show(record);
    return { id, key, ...shown };
  }

  @Get(':id')
  read(@Param('id') id: string) {
    return show(this.keys.get(id));
  }

  @Patch(':id')
  async change(@Param('id') id: string, @Body(new Checked(keyChange)) change: z.output<typeof keyChange>) {
    const decided = Object.entries(change).map(([member, value]) => [member, value ?? undefined]);
    return show(await this.keys.update(id, Object.fromEntries(decided) as object));
  }

  @Delete(':id')
  @HttpCode(204)
  async remove(@Param('id') id: string): Promise<void> {
    await this.keys.remove(id);
  }
}

function show(record: KeyRecord) {
  const { id, name, prefix, permissions, owner, team, expiresAt, allowedNetworks, createdAt, fromEnvironment } = record;
  return {
    id,
    name,
    prefix,
    permissions,
    owner: owner ?? null,
    team: team ?? null,
    expiresAt: expiresAt?.toISOString() ?? null,
    allowedNetworks: allowedNetworks ?? null,
    createdAt: createdAt.toISOString(),
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
