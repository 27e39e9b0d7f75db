import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import type { Caller } from '#libs/kit';
import { Access, CurrentCaller } from '../access/access.decorator.js';
import { Checked } from '../execution/checked.pipe.js';
import type { NoticeState } from '../notifications/notice-rows.js';
import { alertStates } from '../observability/alerts/alert.js';
import { AlertAnswers } from '../observability/alerts/alert-answers.js';
import { AlertRows } from '../observability/alerts/alert-rows.js';
import type { AlertEntity } from '../store/entities/alert.entity.js';
import { expiresAt } from './key-fields.js';
import { cursorAfter, pageQuery, placeIn } from './page.js';

const listQuery = pageQuery.extend({ state: z.enum(alertStates).optional() });
const noBody = z.strictObject({}).optional();
/** null ends a silence. */
const silence = z.strictObject({ untilAt: expiresAt.nullable() });

/** What was wrong and what is, the newest first. */
@Controller('admin/alerts')
@Access('admin')
export class AlertsController {
  constructor(
    private readonly rows: AlertRows,
    private readonly answers: AlertAnswers,
  ) {}

  @Get()
  @Access('monitor', 'admin')
  async list(@Query(new Checked(listQuery)) { limit, cursor, state }: z.output<typeof listQuery>) {
    const after = cursor === undefined ? undefined : placeIn(cursor);
    const found = await this.rows.list(limit + 1, state, after);
    const page = found.slice(0, limit);
    const last = found.length > limit ? page.at(-1) : undefined;
    return {
      items: await this.shown(page),
      nextCursor: last ? cursorAfter({ createdAt: last.raisedAt, id: last.id }) : null,
    };
  }

  @Post(':id/acknowledge')
  @HttpCode(200)
  async acknowledge(
    @Param('id') id: string,
    @Body(new Checked(noBody)) _body: object | undefined,
    @CurrentCaller() caller: Caller,
  ) {
    const [alert] = await this.shown([await this.answers.acknowledge(id, caller.id)]);
    return alert;
  }

  @Post(':id/silence')
  @HttpCode(200)
  async silence(
    @Param('id') id: string,
    @Body(new Checked(silence)) { untilAt }: z.output<typeof silence>,
    @CurrentCaller() caller: Caller,
  ) {
    const [alert] = await this.shown([await this.answers.silence(id, untilAt, caller.id)]);
    return alert;
  }

  private async shown(alerts: readonly AlertEntity[]) {
    const told = await this.answers.toldOf(alerts);
    return alerts.map((alert) => show(alert, told.get(alert.id) ?? []));
  }
}

function show(alert: AlertEntity, told: readonly NoticeState[]) {
  const { raisedAt, resolvedAt, acknowledgedAt, silencedUntil, joinedAt: _, ...facts } = alert;
  return {
    ...facts,
    raisedAt: raisedAt.toISOString(),
    resolvedAt: resolvedAt?.toISOString() ?? null,
    acknowledgedAt: acknowledgedAt?.toISOString() ?? null,
    silencedUntil: silencedUntil?.toISOString() ?? null,
    deliveries: told.map(({ target, news, state, attempts, problem, doneAt }) => ({
      channel: target,
      news,
      state,
      attempts,
      problem,
      doneAt: doneAt?.toISOString() ?? null,
    })),
  };
}
