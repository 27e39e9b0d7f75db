import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { OperationError } from '#libs/kit';
import { isPlainText } from '../../access/plain-text.js';
import { conflict } from '../../errors/protocol-error.js';
import { NoticeRows, type NoticeState } from '../../notifications/notice-rows.js';
import { AlertEntity } from '../../store/entities/alert.entity.js';
import { Store } from '../../store/store.js';
import { alertOf } from './alert.js';
import { lockAlike } from './alert-changes.js';
import { AlertChannels, topicOf } from './channels/alert-channels.js';

/** What people say to an alert. */
@Injectable()
export class AlertAnswers {
  constructor(
    private readonly store: Store,
    private readonly notices: NoticeRows,
    private readonly channels: AlertChannels,
  ) {}

  /** By the first who does; PagerDuty is told. Throws where there is none, and `conflict` where it is over. */
  acknowledge(id: string, by: string): Promise<AlertEntity> {
    return this.change(id, async (row, manager) => {
      if (row.state === 'resolved') throw conflict('This alert is over');
      if (row.acknowledgedAt) return;
      const now = new Date();
      Object.assign(row, { acknowledgedAt: now, acknowledgedBy: by });
      const notices = this.channels.noticesOf(alertOf(row), 'acknowledged', now);
      for (const notice of notices)
        await this.notices.add(manager, { ...notice, notBefore: later(row.silencedUntil, now) });
    });
  }

  /** Nobody is told of it before a time, nor of what the same rule says of the same thing; null ends that. */
  silence(id: string, until: Date | null, by: string): Promise<AlertEntity> {
    return this.change(id, async (row, manager) => {
      const silence = { silencedUntil: until, silencedBy: until === null ? null : by };
      Object.assign(row, silence);
      const now = new Date();
      const others = await manager
        .createQueryBuilder(AlertEntity, 'alert')
        .where('alert.rule = :rule AND alert.subject IS NOT DISTINCT FROM :subject', {
          rule: row.rule,
          subject: row.subject,
        })
        .andWhere(`(alert.state = 'raised' OR alert.silencedUntil > :now)`, { now })
        .getMany();
      for (const each of [row, ...others]) {
        await manager.update(AlertEntity, { id: each.id }, silence);
        await this.notices.postpone(manager, topicOf(each), until ?? now);
      }
    });
  }

  /** What was told of these and what became of it, by the alert's id. */
  async toldOf(alerts: readonly AlertEntity[]): Promise<Map<string, NoticeState[]>> {
    const byTopic = new Map(alerts.map((alert) => [topicOf(alert), alert.id]));
    const told = new Map<string, NoticeState[]>(alerts.map(({ id }) => [id, []]));
    for (const notice of await this.notices.ofTopics([...byTopic.keys()])) {
      told.get(byTopic.get(notice.topic) ?? '')?.push(notice);
    }
    return told;
  }

  private async change(
    id: string,
    work: (row: AlertEntity, manager: EntityManager) => Promise<void>,
  ): Promise<AlertEntity> {
    if (!isPlainText(id)) throw unknownAlert();
    return this.store.run((manager) =>
      manager.transaction(async (one) => {
        const known = await one.findOneBy(AlertEntity, { id });
        if (known) await lockAlike(one, known);
        const row = await one.findOne(AlertEntity, { where: { id }, lock: { mode: 'pessimistic_write' } });
        if (!row) throw unknownAlert();
        await work(row, one);
        return one.save(row);
      }),
    );
  }
}

function unknownAlert(): OperationError {
  return new OperationError('unknown', 'There is no alert with this id');
}

function later(time: Date | null, now: Date): Date | undefined {
  return time !== null && time > now ? time : undefined;
}
