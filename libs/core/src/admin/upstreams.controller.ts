import { Body, Controller, Delete, Get, HttpCode, Logger, Param, Patch, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import { OperationError, type Caller } from '#libs/kit';
import { Access, CurrentCaller } from '../access/access.decorator.js';
import { ManagedConfig } from '../config/managed-config.js';
import { conflict } from '../errors/protocol-error.js';
import { Checked } from '../execution/checked.pipe.js';
import { RegisteredUpstreams } from '../upstreams/registered-upstreams.js';
import { registration, registrationChange } from '../upstreams/registration.js';
import type { SupervisedUpstream } from '../upstreams/supervised-upstream.js';
import { SupervisedUpstreams } from '../upstreams/supervised-upstreams.js';
import { Records } from './administration-audit.js';
import { pageOf, pageQuery } from './page.js';
import { onlyMembers } from './recorded-body.js';
import { shownTool, shownUpstream } from './shown-upstream.js';

/** Those of the config come first in the list. */
const BEFORE_ALL = new Date(0);

/** `headers` and `auth` are, and a command's `env` may be sent by mistake. */
const withoutSecrets = onlyMembers('name', 'url', 'enabled', 'description', 'timeoutMs', 'overrides');

/** The hash that the tool was shown with. */
const approval = z.strictObject({ hash: z.string().max(100).optional() });

@Controller('admin/upstreams')
@Access('admin')
export class UpstreamsController {
  private readonly logger = new Logger('Upstreams');

  constructor(
    private readonly upstreams: SupervisedUpstreams,
    private readonly registered: RegisteredUpstreams,
    private readonly managed: ManagedConfig,
  ) {}

  @Get()
  list(@Query(new Checked(pageQuery)) query: z.output<typeof pageQuery>) {
    const all = this.upstreams.all().map((upstream) => {
      const createdAt = this.registered.find(upstream.name)?.createdAt ?? BEFORE_ALL;
      return { id: upstream.name, createdAt, upstream };
    });
    const { items, nextCursor } = pageOf(all, query);
    return { items: items.map(({ upstream }) => this.show(upstream)), nextCursor };
  }

  @Post()
  @Records(withoutSecrets)
  async create(@Body(new Checked(registration)) given: z.output<typeof registration>, @CurrentCaller() caller: Caller) {
    this.managed.requireWritable();
    const upstream = await this.registered.create(given);
    this.logger.log(`${caller.id} registered the upstream ${given.name}`);
    return this.show(upstream);
  }

  @Get(':name')
  read(@Param('name') name: string) {
    return this.show(this.require(name));
  }

  @Patch(':name')
  @Records(withoutSecrets)
  async change(
    @Param('name') name: string,
    @Body(new Checked(registrationChange)) change: z.output<typeof registrationChange>,
    @CurrentCaller() caller: Caller,
  ) {
    this.managed.requireWritable();
    const upstream = await this.registered.change(name, change);
    this.logger.log(`${caller.id} changed ${Object.keys(change).join(', ')} of the upstream ${name}`);
    return this.show(upstream);
  }

  @Delete(':name')
  @HttpCode(204)
  async remove(@Param('name') name: string, @CurrentCaller() caller: Caller): Promise<void> {
    this.managed.requireWritable();
    await this.registered.remove(name);
    this.logger.log(`${caller.id} removed the upstream ${name}`);
  }

  @Post(':name/restart')
  @HttpCode(200)
  async restart(@Param('name') name: string, @CurrentCaller() caller: Caller) {
    const upstream = this.require(name);
    await upstream.restart();
    this.logger.log(`${caller.id} restarted the upstream ${name}`);
    return this.show(upstream);
  }

  @Get(':name/tools')
  tools(@Param('name') name: string, @Query(new Checked(pageQuery)) query: z.output<typeof pageQuery>) {
    const pins = this.require(name).keeper.pins.all();
    const all = pins.map((pin) => ({ id: encodeURIComponent(pin.tool), createdAt: pin.firstSeenAt, pin }));
    const { items, nextCursor } = pageOf(all, query);
    return { items: items.map(({ pin }) => shownTool(pin)), nextCursor };
  }

  /** Lets a tool be called as its upstream describes it now, or, with a hash, as whoever approves it has read it. */
  @Post(':name/tools/:tool/approve')
  @HttpCode(200)
  async approve(
    @Param('name') name: string,
    @Param('tool') tool: string,
    @Body(new Checked(approval)) { hash }: z.output<typeof approval>,
    @CurrentCaller() caller: Caller,
  ) {
    const { keeper } = this.require(name);
    if (!keeper.pins.get(tool)) throw new OperationError('unknown', `The upstream ${name} has no such tool`);
    const outcome = await keeper.approve(tool, hash);
    if (outcome === 'unchanged') throw conflict('Its definition has not changed since it was approved');
    if (outcome === 'another') throw conflict('Its definition has changed meanwhile; look at it again');
    this.logger.log(`${caller.id} approved the changed tool ${tool} of the upstream ${name}`);
    const pin = keeper.pins.get(tool);
    return pin && shownTool(pin);
  }

  private require(name: string): SupervisedUpstream {
    const upstream = this.upstreams.find(name);
    if (upstream) return upstream;
    throw new OperationError('unknown', 'There is no upstream of this name');
  }

  private show(upstream: SupervisedUpstream) {
    return shownUpstream(upstream, this.registered.find(upstream.name));
  }
}
