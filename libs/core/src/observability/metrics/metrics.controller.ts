import { Controller, Get, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Registry } from 'prom-client';
import { z } from 'zod';
import { OperationError } from '#libs/kit';
import { Access } from '../../access/access.decorator.js';
import { Checked } from '../../execution/checked.pipe.js';
import { MetricsSettings } from './metrics.settings.js';
import { MetricsSnapshot } from './metrics-snapshot.js';

const noQuery = z.strictObject({});

@Controller('metrics')
@Access('monitor')
export class MetricsController {
  constructor(
    private readonly snapshot: MetricsSnapshot,
    private readonly registry: Registry,
    private readonly settings: MetricsSettings,
  ) {}

  @Get()
  json(@Query(new Checked(noQuery)) _query: object) {
    return this.snapshot.take();
  }

  @Get('prometheus')
  async prometheus(@Query(new Checked(noQuery)) _query: object, @Res() response: Response): Promise<void> {
    if (!this.settings.enabled) throw new OperationError('unknown', 'Metrics are switched off by ENABLE_METRICS=false');
    response.type(this.registry.contentType).send(await this.registry.metrics());
  }
}
