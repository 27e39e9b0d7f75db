import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';
import { Access } from '../access/access.decorator.js';
import { Checked } from '../execution/checked.pipe.js';
import { Usage, usageKeys } from '../observability/audit/usage.js';
import { moment } from './moment.js';

const DEFAULT_SPAN_MS = 30 * 24 * 3_600_000;
/** Calls that end while the question is asked count too. */
const SOON_MS = 60_000;

const usageQuery = z.strictObject({
  by: z.enum(usageKeys).default('caller'),
  from: moment.optional(),
  to: moment.optional(),
});

@Controller('admin/usage')
@Access('admin')
export class UsageController {
  constructor(private readonly usage: Usage) {}

  /** The last 30 days, unless asked otherwise. */
  @Get()
  sums(@Query(new Checked(usageQuery)) { by, from, to }: z.output<typeof usageQuery>) {
    const end = to ?? new Date(Date.now() + SOON_MS);
    return this.usage.by(by, from ?? new Date(end.getTime() - DEFAULT_SPAN_MS), end);
  }
}
