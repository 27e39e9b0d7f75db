import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { NoticeRows } from '../../notifications/notice-rows.js';
import { AlertEntity } from '../../store/entities/alert.entity.js';
import { Store } from '../../store/store.js';
import { alertOf, SEEN_BY, type Alert, type AlertChange } from './alert.js';
import { AlertChannels, topicOf } from './channels/alert-channels.js';

/** What became of a change. */
interface Kept {
  /** What people are to hear of; nothing where other gateways see the same. */
  readonly news: readonly Alert[];
  /** The alert that another gateway, or an earlier run, has raised of the same. */
  readonly joined?: Alert;
}

/**
 * Brings into the store that a gateway sees something, or sees it no more. What has a subject is there for all gateways:
 * however many see it, it is raised once, by the first, and resolved once, by the last. What has none is a gateway's own.
 * What people are told of a change is written with the change.
 */
@Injectable()
export class AlertChanges {
  constructor(
    private readonly store: Store,
    private readonly notices: NoticeRows,
    private readonly channels: AlertChannels,
  ) {}

  /** `isTold`: people know already of what this very alert says. */
  keep(change: AlertChange, isTold = false): Promise<Kept> {
    return this.store.run((manager) =>
      manager.transaction(async (one) => {
        await lockAlike(one, change.alert);
        return change.state === 'raised' ? this.begin(one, change, isTold) : this.end(one, change, isTold);
      }),
    );
  }

  private async begin(manager: EntityManager, change: AlertChange, isTold: boolean): Promise<Kept> {
    const { alert, by } = change;
    // one that people have heard of stays an alert of its own: they are to hear of its end
    const [open] = isTold ? [] : await alike(manager, change, alert.subject === undefined ? by : undefined);
    if (open && (await join(manager, open, by))) return { news: [], joined: alertOf(open) };
    return { news: (await this.add(manager, change, isTold)) ? [alert] : [] };
  }

  /** A silence holds for whatever the same rule says of the same thing. */
  private async add(manager: EntityManager, { alert, at }: AlertChange, isTold: boolean): Promise<boolean> {
    const { id, rule, subject = null, replica, severity, message, value, threshold, raisedAt } = alert;
    const [silence] = await manager.query<{ until: Date; by: string }[]>(
      `SELECT silenced_until AS until, silenced_by AS by FROM alerts
       WHERE rule = $1 AND subject IS NOT DISTINCT FROM $2 AND silenced_until > $3 ORDER BY silenced_until DESC LIMIT 1`,
      [rule, subject, at],
    );
    const added = await manager.query<unknown[]>(
      `INSERT INTO alerts (id, rule, subject, replica, state, severity, message, value, threshold, raised_at,
         silenced_until, silenced_by)
       VALUES ($1, $2, $3, $4, 'raised', $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING RETURNING id`,
      [id, rule, subject, replica, severity, message, value, threshold, raisedAt, silence?.until, silence?.by],
    );
    if (added.length === 0) return false;
    if (isTold) return true;
    for (const notice of this.channels.noticesOf(alert, 'raised', at)) {
      await this.notices.add(manager, { ...notice, notBefore: silence?.until });
    }
    return true;
  }

  private async end(manager: EntityManager, change: AlertChange, isTold: boolean): Promise<Kept> {
    const news: Alert[] = [];
    for (const row of await alike(manager, change, change.by)) {
      const [replica, ...alsoSeenBy] = observersOf(row).filter((observer) => observer !== change.by);
      if (replica !== undefined) await manager.update(AlertEntity, stillOpen(row), { replica, alsoSeenBy });
      else news.push(await this.resolve(manager, row, change, isTold && row.id === change.alert.id));
    }
    return { news };
  }

  private async resolve(
    manager: EntityManager,
    row: AlertEntity,
    { alert: last, at }: AlertChange,
    isTold: boolean,
  ): Promise<Alert> {
    const { id, replica, raisedAt, silencedUntil } = row;
    const alert = { ...last, id, replica, raisedAt };
    await manager.update(AlertEntity, { id }, { state: 'resolved', resolvedAt: at });
    if (isTold) return alert;
    const isSilenced = silencedUntil !== null && silencedUntil > at;
    const withdrawn = isSilenced ? await this.notices.withdraw(manager, topicOf(alert), at) : [];
    // an incident that PagerDuty has opened must not stay open; that pages nobody
    const isHeard = (channel: string) => !isSilenced || (channel === 'pagerduty' && !withdrawn.includes(channel));
    for (const notice of this.channels.noticesOf(alert, 'resolved', at, isHeard))
      await this.notices.add(manager, notice);
    return alert;
  }
}

/** Open alerts of the same, the oldest first; where a gateway is given, those that it sees. */
function alike(manager: EntityManager, { alert }: AlertChange, replica?: string): Promise<AlertEntity[]> {
  const { rule, subject = null } = alert;
  const query = manager
    .createQueryBuilder(AlertEntity, 'alert')
    .where(`alert.state = 'raised' AND alert.rule = :rule`, { rule })
    .andWhere('alert.subject IS NOT DISTINCT FROM :subject', { subject })
    .orderBy('alert.raisedAt')
    .addOrderBy('alert.id');
  if (replica !== undefined) query.andWhere(SEEN_BY, { replica });
  return query.getMany();
}

function observersOf({ replica, alsoSeenBy }: AlertEntity): string[] {
  return [replica, ...alsoSeenBy];
}

/** Whether it is open still: a gateway of an earlier version ends it without the lock. */
async function join(manager: EntityManager, row: AlertEntity, by: string): Promise<boolean> {
  if (observersOf(row).includes(by)) return true;
  const change = { alsoSeenBy: [...row.alsoSeenBy, by], joinedAt: new Date() };
  const { affected } = await manager.update(AlertEntity, stillOpen(row), change);
  return affected === 1;
}

function stillOpen({ id }: AlertEntity) {
  return { id, state: 'raised' };
}

/** What is done to the alerts of one thing is done by one gateway at a time, until the transaction ends. */
export async function lockAlike(
  manager: EntityManager,
  { rule, subject }: { readonly rule: string; readonly subject?: string | null },
): Promise<void> {
  await manager.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`alert ${rule} ${subject ?? ''}`]);
}
