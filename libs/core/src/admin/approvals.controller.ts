import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Caller } from '#libs/kit';
import { Access, CurrentCaller } from '../access/access.decorator.js';
import { callOrigin } from '../edge/call-origin.js';
import { approvalStates } from '../execution/approvals/approval.js';
import { ApprovalAnswers } from '../execution/approvals/approval-answers.js';
import { Checked } from '../execution/checked.pipe.js';
import { WritesItselfDown } from './administration-audit.js';
import { approvalAnswer } from './approval-answer.js';
import { cursorAfter, pageQuery, placeIn } from './page.js';
import { ShownApprovals } from './shown-approval.js';

const listQuery = pageQuery.extend({ state: z.enum(approvalStates).optional() });

/** The calls that wait for a person, and the person's answers. */
@Controller('admin/approvals')
@Access('approve', 'admin')
export class ApprovalsController {
  constructor(
    private readonly answers: ApprovalAnswers,
    private readonly shown: ShownApprovals,
  ) {}

  @Get()
  async list(@Query(new Checked(listQuery)) { limit, cursor, state }: z.output<typeof listQuery>) {
    const after = cursor === undefined ? undefined : placeIn(cursor);
    const found = await this.answers.list(limit + 1, state, after);
    const page = found.slice(0, limit);
    const last = found.length > limit ? page.at(-1) : undefined;
    return { items: page.map((each) => this.shown.of(each)), nextCursor: last ? cursorAfter(last) : null };
  }

  @Get(':id')
  async read(@Param('id') id: string) {
    return this.shown.of(await this.answers.get(id));
  }

  @Post(':id')
  @HttpCode(200)
  @Access('approve')
  @WritesItselfDown()
  async answer(
    @Param('id') id: string,
    @Body(new Checked(approvalAnswer)) { decision, note }: z.output<typeof approvalAnswer>,
    @CurrentCaller() caller: Caller,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const origin = callOrigin('rest', caller, request, response);
    return this.shown.of(await this.answers.answer(id, decision, note, origin));
  }
}
