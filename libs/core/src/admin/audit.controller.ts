import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { Access } from '../access/access.decorator.js';
import { Checked } from '../execution/checked.pipe.js';
import { AuditSearch } from '../observability/audit/audit-search.js';
import { AuditTrail } from '../observability/audit/audit-trail.js';
import { AuditVerifier } from '../observability/audit/audit-verifier.js';
import { exportFormats, exportTexts } from './audit-export.js';
import { moment } from './moment.js';

const text = z
  .string()
  .min(1)
  .max(400)
  .refine((given) => !given.includes('\0'), 'text without NUL');
const filter = {
  caller: text.optional(),
  service: text.optional(),
  operation: text.optional(),
  outcome: z.enum(['ok', 'error', 'denied', 'limited']).optional(),
  requestId: text.optional(),
  since: moment.optional(),
  until: moment.optional(),
};
const listQuery = z.strictObject({
  ...filter,
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(200).optional(),
});
const exportQuery = z.strictObject({ ...filter, format: z.enum(['jsonl', 'csv']).default('jsonl') });
const nothing = z.strictObject({});

@Controller('admin/audit')
@Access('admin')
export class AuditController {
  constructor(
    private readonly search: AuditSearch,
    private readonly verifier: AuditVerifier,
    private readonly trail: AuditTrail,
  ) {}

  @Get()
  list(@Query(new Checked(listQuery)) { limit, cursor, ...filter }: z.output<typeof listQuery>) {
    return this.search.page(filter, limit, cursor);
  }

  @Get('verify')
  async verify(@Query(new Checked(nothing)) _: object) {
    const { head } = this.trail;
    await this.trail.catchUp();
    return this.verifier.verify(head);
  }

  /** Streamed as fast as the client reads, and no further than it wants. */
  @Get('export')
  async export(
    @Query(new Checked(exportQuery)) { format, ...filter }: z.output<typeof exportQuery>,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const pages = this.search.pages(filter);
    // an error before the first line is answered as one
    const first = await pages.next();
    const { contentType, extension } = exportFormats[format];
    const name = `audit-${new Date().toISOString().replaceAll(/[:.]/g, '-')}.${extension}`;
    response.setHeader('content-type', contentType);
    response.setHeader('content-disposition', `attachment; filename="${name}"`);
    if (request.method === 'HEAD' || first.done) {
      response.end();
      return;
    }
    try {
      await pipeline(Readable.from(exportTexts(format, first.value, pages)), response);
    } catch {
      // the client has left, or the store has: either way the answer is visibly cut short
      response.destroy();
    }
  }
}
