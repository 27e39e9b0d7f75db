import { Body, Controller, Get, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { invalidField, type Caller } from '#libs/kit';
import { Access, CurrentCaller } from '../access/access.decorator.js';
import { ApiKeys } from '../access/api-keys.js';
import { Policy } from '../access/policy/policy.js';
import { ConfigReload } from '../config/config-reload.js';
import { Configuration } from '../config/configuration.js';
import { ManagedConfig } from '../config/managed-config.js';
import type { Changed } from '../config/config-decisions.js';
import { RuntimeConfig, type Transact } from '../config/runtime-config.js';
import { requireJson } from '../edge/request-body.js';
import { Checked } from '../execution/checked.pipe.js';
import type { ConfigChangeEntity } from '../store/entities/config-change.entity.js';
import { Records } from './administration-audit.js';
import { ConfigChangers } from './config-changers.js';
import { holderOf, showNew } from './key-administration.js';
import { pageQuery } from './page.js';
import { onlyRuntimeSettings } from './recorded-body.js';
import { CREATE_KEY, requestedChange } from './requested-change.js';

const nothing = z.strictObject({});

/** The effective configuration, and its changes while the gateway runs. */
@Controller('config')
@Access('admin')
export class ConfigController {
  constructor(
    private readonly config: RuntimeConfig,
    private readonly configuration: Configuration,
    private readonly keys: ApiKeys,
    private readonly policy: Policy,
    private readonly changers: ConfigChangers,
    private readonly reload: ConfigReload,
    private readonly managed: ManagedConfig,
  ) {}

  @Get()
  read(@Query(new Checked(nothing)) _query: object) {
    return { values: this.config.values(), version: this.config.version, file: this.reload.state };
  }

  @Post()
  @HttpCode(200)
  @Records(onlyRuntimeSettings)
  async change(
    @Query(new Checked(nothing)) _query: object,
    @Body() body: unknown,
    @CurrentCaller() caller: Caller,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    requireJson(request);
    const { texts, newKey } = requestedChange(body, this.configuration.keys);
    // a key alone is no setting
    if (texts.size > 0 || !newKey) this.managed.requireWritable();
    const by = this.changers.of(caller, request, response);
    if (!newKey) return this.config.change(texts, by);
    this.policy.requireGrantable(caller, holderOf(newKey));

    let made: ReturnType<typeof showNew> | undefined;
    const withKey: Transact = async (work) => {
      made = showNew(await this.keys.create(newKey, undefined, work));
    };
    const { changed, version } = await this.config.change(texts, by, withKey);
    return { changed: { ...changed, [CREATE_KEY]: made }, version };
  }

  @Get('history')
  async history(@Query(new Checked(pageQuery)) { limit, cursor }: z.output<typeof pageQuery>) {
    const before = cursor === undefined ? undefined : readCursor(cursor);
    const found = await this.config.history(limit + 1, before);
    const page = found.slice(0, limit);
    const last = found.length > limit ? page.at(-1) : undefined;
    return {
      items: page.map(show),
      nextCursor: last ? Buffer.from(`v${last.version}`).toString('base64url') : null,
    };
  }

  @Post('undo')
  @HttpCode(200)
  undo(
    @Query(new Checked(nothing)) _query: object,
    @Body(new Checked(nothing)) _body: object,
    @CurrentCaller() caller: Caller,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Changed> {
    this.managed.requireWritable();
    return this.config.undo(this.changers.of(caller, request, response));
  }
}

function show({ version, time, callerId, callerSubject, requestId, changes, undoes }: ConfigChangeEntity) {
  return {
    version,
    time: time.toISOString(),
    caller: { id: callerId, subject: callerSubject },
    requestId,
    changes,
    ...(undoes !== null && { undoes }),
  };
}

function readCursor(cursor: string): number {
  const version = /^v(\d{1,9})$/.exec(Buffer.from(cursor, 'base64url').toString())?.[1];
  if (version === undefined) throw invalidField('cursor', 'the nextCursor of the page before', 'another text');
  return Number(version);
}
