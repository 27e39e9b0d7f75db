import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req } from '@nestjs/common';
import type { Request } from 'express';
import { z } from 'zod';
import type { Caller } from '#libs/kit';
import { Access, CurrentCaller } from '../access/access.decorator.js';
import { isNetwork, Networks } from '../access/networks.js';
import { addressOf } from '../access/request-facts.js';
import { conflict } from '../errors/protocol-error.js';
import { Checked } from '../execution/checked.pipe.js';
import { IpBlocks, type IpBlock } from '../throttling/blocks/ip-blocks.js';
import { expiresAt } from './key-fields.js';
import { plainName } from './fields.js';
import { pageOf, pageQuery, type PageQuery } from './page.js';

const newBlock = z.strictObject({
  network: z.string().refine(isNetwork, 'a CIDR or an address'),
  reason: plainName.nullable().default(null),
  expiresAt: expiresAt.nullable().default(null),
});
const blockChange = z.strictObject({
  network: newBlock.shape.network.optional(),
  reason: plainName.nullable().optional(),
  expiresAt: expiresAt.nullable().optional(),
});

@Controller('admin/ip-blocks')
@Access('admin')
export class IpBlocksController {
  constructor(private readonly blocks: IpBlocks) {}

  @Get()
  list(@Query(new Checked(pageQuery)) query: PageQuery) {
    const { items, nextCursor } = pageOf(this.blocks.all(), query);
    return { items: items.map(show), nextCursor };
  }

  @Post()
  async create(
    @Body(new Checked(newBlock)) block: z.output<typeof newBlock>,
    @CurrentCaller() caller: Caller,
    @Req() request: Request,
  ) {
    refuseOwn(block.network, request);
    return show(await this.blocks.create(block, caller.id));
  }

  @Get(':id')
  read(@Param('id') id: string) {
    return show(this.blocks.get(id));
  }

  @Patch(':id')
  async change(
    @Param('id') id: string,
    @Body(new Checked(blockChange)) change: z.output<typeof blockChange>,
    @CurrentCaller() caller: Caller,
    @Req() request: Request,
  ) {
    if (change.network !== undefined) refuseOwn(change.network, request);
    const decided = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    return show(await this.blocks.change(id, decided, caller.id));
  }

  @Delete(':id')
  @HttpCode(204)
  async remove(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<void> {
    await this.blocks.remove(id, caller.id);
  }
}

function refuseOwn(network: string, request: Request): void {
  if (!new Networks([network]).includes(addressOf(request))) return;
  throw conflict('This network holds the address from which the request comes, and would lock you out');
}

function show({ id, network, reason, expiresAt, createdBy, createdAt }: IpBlock) {
  return {
    id,
    network,
    reason,
    expiresAt: expiresAt?.toISOString() ?? null,
    origin: createdBy === null ? 'automatic' : 'admin',
    createdBy,
    createdAt: createdAt.toISOString(),
  };
}
