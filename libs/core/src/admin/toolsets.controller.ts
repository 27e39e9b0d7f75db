import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import { Access } from '../access/access.decorator.js';
import { StoredToolsets, type StoredToolset } from '../catalog/stored-toolsets.js';
import { toolset, toolsetName } from '../catalog/toolset.settings.js';
import { ManagedConfig } from '../config/managed-config.js';
import { Checked } from '../execution/checked.pipe.js';
import { pageOf, pageQuery } from './page.js';

const newToolset = toolset.extend({ name: toolsetName });
/** `null` takes the description away. */
const toolsetChange = toolset.partial().extend({ description: toolset.shape.description.nullable() });

@Controller('admin/toolsets')
@Access('admin')
export class ToolsetsController {
  constructor(
    private readonly toolsets: StoredToolsets,
    private readonly managed: ManagedConfig,
  ) {}

  @Get()
  list(@Query(new Checked(pageQuery)) query: z.output<typeof pageQuery>) {
    const all = this.toolsets.all().map((each) => ({ ...each, id: each.name }));
    const { items, nextCursor } = pageOf(all, query);
    return { items: items.map(show), nextCursor };
  }

  @Post()
  async create(@Body(new Checked(newToolset)) { name, tools, description }: z.output<typeof newToolset>) {
    this.managed.requireWritable();
    return show(await this.toolsets.create(name, tools, description));
  }

  @Get(':name')
  read(@Param('name') name: string) {
    return show(this.toolsets.get(name));
  }

  @Patch(':name')
  async change(@Param('name') name: string, @Body(new Checked(toolsetChange)) change: z.output<typeof toolsetChange>) {
    this.managed.requireWritable();
    return show(await this.toolsets.change(name, change));
  }

  @Delete(':name')
  @HttpCode(204)
  async remove(@Param('name') name: string): Promise<void> {
    this.managed.requireWritable();
    await this.toolsets.remove(name);
  }
}

function show({ name, description, tools, origin, createdAt }: StoredToolset) {
  return {
    name,
    description: description ?? null,
    tools,
    address: `/mcp/toolsets/${name}`,
    origin,
    createdAt: origin === 'file' ? null : createdAt.toISOString(),
  };
}
