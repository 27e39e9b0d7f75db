import { Controller, Get, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Registry } from 'prom-client';
import { z } from 'zod';
import { OperationError } from '#libs/kit';
import { Access } from '../../access/access.decorator.js';
import { moment } from '../../admin/moment.js';
import { Checked } from '../../execution/checked.pipe.js';
import { HistoryReader } from './history/history-reader.js';
import { MetricsSettings } from './metrics.settings.js';
import { MetricsSnapshot } from './metrics-snapshot.js';

/** `step` in seconds. Any of them asks for the history. */
const historyQuery = z.strictObject({
  from: moment.optional(),
  to: moment.optional(),
  step: z.coerce
    .number()
    .int()
    .min(1)
    .max(86_400 * 30)
    .optional(),
});

@Controller('metrics')
@Access('monitor')
export class MetricsController {
  constructor(
    private readonly snapshot: MetricsSnapshot,
    private readonly history: HistoryReader,
    private readonly registry: Registry,
    private readonly settings: MetricsSettings,
  ) {}

  @Get()
  async json(@Query(new Checked(historyQuery)) question: z.output<typeof historyQuery>) {
    const isAsked = Object.values(question).some((part) => part !== undefined);
    return { ...this.snapshot.take(), ...(isAsked && { history: await this.history.read(question) }) };
  }

  @Get('prometheus')
  async prometheus(@Query(new Checked(z.strictObject({}))) _query: object, @Res() response: Response): Promise<void> {
    if (!this.settings.enabled) throw new OperationError('unknown', 'Metrics are switched off by ENABLE_METRICS=false');
    response.type(this.registry.contentType).send(await this.registry.metrics());
  }
}
