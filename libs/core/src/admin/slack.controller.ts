import { Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Access } from '../access/access.decorator.js';
import { addressOf } from '../access/request-facts.js';
import { REQUEST_ID_HEADER } from '../edge/call-origin.js';
import { SlackAnswers } from '../execution/approvals/slack/slack-answers.js';
import { SlackCallbacks } from '../execution/approvals/slack/slack-callbacks.js';
import { readPress } from '../execution/approvals/slack/slack-press.js';

/** What people press in Slack. Who they are is in the body, which Slack has signed. */
@Controller('approvals/slack')
@Access('signed')
export class SlackController {
  constructor(
    private readonly callbacks: SlackCallbacks,
    private readonly answers: SlackAnswers,
  ) {}

  @Post()
  @HttpCode(200)
  async pressed(@Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<void> {
    const body: unknown = request.body;
    this.callbacks.require(body, request.headers);
    const press = readPress(body);
    if (!press) return;
    const requestId = String(response.getHeader(REQUEST_ID_HEADER));
    await this.answers.answer(press, { door: 'rest', requestId, address: addressOf(request) });
  }
}
