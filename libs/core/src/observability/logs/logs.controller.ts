import { Controller, Get, Query } from '@nestjs/common';
import type { z } from 'zod';
import { Access } from '../../access/access.decorator.js';
import { Checked } from '../../execution/checked.pipe.js';
import { LogSearch, logQuery } from './log-search.js';

@Controller('logs')
@Access('admin')
export class LogsController {
  constructor(private readonly logs: LogSearch) {}

  /** The newest entries first. */
  @Get()
  async find(@Query(new Checked(logQuery)) query: z.output<typeof logQuery>) {
    return { entries: await this.logs.find(query) };
  }
}
