import { Body, Controller, Get, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Caller } from '#libs/kit';
import { Access, CurrentCaller } from '../access/access.decorator.js';
import { ManagedConfig } from '../config/managed-config.js';
import { RuntimeConfig } from '../config/runtime-config.js';
import { requireJson } from '../edge/request-body.js';
import { Checked } from '../execution/checked.pipe.js';
import { ChangesNothing, Records } from './administration-audit.js';
import { ConfigChangers } from './config-changers.js';
import { ConfigExport } from './config-export.js';
import { ConfigPlan, type Plan } from './config-plan.js';
import { DecisionReplay } from './decision-replay.js';
import { onlyRuntimeSettings } from './recorded-body.js';
import { refused } from './requested-change.js';

const nothing = z.strictObject({});

/** The configuration as one document: what it is, what another one would change, and that change. */
@Controller('config')
@Access('admin')
export class ConfigCodeController {
  constructor(
    private readonly runtime: RuntimeConfig,
    private readonly exported: ConfigExport,
    private readonly plans: ConfigPlan,
    private readonly replay: DecisionReplay,
    private readonly changers: ConfigChangers,
    private readonly managed: ManagedConfig,
  ) {}

  @Get('export')
  export(@Query(new Checked(nothing)) _query: object) {
    return this.exported.document();
  }

  @Post('plan')
  @HttpCode(200)
  @ChangesNothing()
  plan(@Query(new Checked(nothing)) _query: object, @Body() body: unknown, @Req() request: Request) {
    requireJson(request);
    return this.answer(this.plans.of(body));
  }

  /** All of the document or nothing, as one version of the history. */
  @Post('apply')
  @HttpCode(200)
  @Records(onlyRuntimeSettings)
  async apply(
    @Query(new Checked(nothing)) _query: object,
    @Body() body: unknown,
    @CurrentCaller() caller: Caller,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    requireJson(request);
    this.managed.requireWritable();
    const plan = this.plans.of(body);
    if (plan.refusals.length > 0) throw refused(plan.refusals);
    const answer = await this.answer(plan);
    const { version } = await this.runtime.change(plan.texts, this.changers.of(caller, request, response));
    return { ...answer, version };
  }

  private async answer(plan: Plan) {
    const { changes, upstreams, toolsets } = plan;
    return { changes, upstreams, toolsets, decisions: await this.replay.of(plan) };
  }
}
