import { randomUUID } from 'node:crypto';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { AuditTrail } from '../audit/audit-trail.js';
import type { Alert } from './alert.js';
import { Alarm } from './alarm.js';
import { AlertJournal } from './alert-journal.js';
import { AlertNews } from './alert-news.js';
import { AlertsSettings } from './alerts.settings.js';
import type { Reading } from './reading.js';
import { Readings } from './readings.js';

const PERIOD_MS = 1_000;
const MS_PER_SECOND = 1_000;

/** What is wrong, or was seen to be a moment ago. */
interface Watched {
  readonly alarm: Alarm;
  /** As which gateway: a chain of the audit that begins anew gives this one another id. */
  readonly by: string;
  /** That is raised now. */
  alert?: Alert | undefined;
  last: Reading;
}

/** Looks each second whether something is wrong, and says so once when it begins and once when it is over. */
@Injectable()
export class Alerts implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Alert');
  private readonly watched = new Map<string, Watched>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly settings: AlertsSettings,
    private readonly readings: Readings,
    private readonly news: AlertNews,
    private readonly audit: AuditTrail,
    journal: AlertJournal,
  ) {
    journal.onJoined((alert) => this.joined(alert));
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.look(), PERIOD_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Goes on with an alert of an earlier run: it is resolved when what it tells of is no more. */
  goOn(alert: Alert): void {
    // what was raised anew meanwhile ends with it
    if (this.isRaised(alert)) return;
    const by = this.audit.head.replica;
    this.watched.set(keyOf(alert), { alarm: new Alarm(true), by, alert, last: { ...alert, atOnce: true } });
  }

  /** Whether what an alert tells of is wrong here now. */
  isRaised(alert: Alert): boolean {
    return this.watched.get(keyOf(alert))?.alarm.isRaised === true;
  }

  /** There was an alert of the same already. */
  private joined(alert: Alert): void {
    const watched = this.watched.get(keyOf(alert));
    if (watched?.alarm.isRaised) watched.alert = alert;
  }

  private look(): void {
    try {
      this.compare(performance.now());
    } catch (error) {
      this.logger.error('The rules could not be looked at', error instanceof Error ? error.stack : error);
    }
  }

  private compare(now: number): void {
    const gone = new Set(this.watched.keys());
    for (const reading of this.readings.take()) {
      const key = keyOf(reading);
      gone.delete(key);
      if (reading.value > reading.threshold || this.watched.has(key)) this.watch(key, reading, now);
    }
    // an upstream that was removed is wrong no more
    for (const key of gone) {
      const last = this.watched.get(key)?.last;
      if (last) this.watch(key, { ...last, value: 0 }, now);
    }
  }

  private watch(key: string, reading: Reading, now: number): void {
    const watched: Watched = this.watched.get(key) ?? {
      alarm: new Alarm(),
      by: this.audit.head.replica,
      last: reading,
    };
    this.watched.set(key, watched);
    watched.last = reading;
    const holds = reading.value > reading.threshold;
    const { forSeconds, quietSeconds } = this.settings;
    const change = watched.alarm.look(holds, now, {
      raiseAfterMs: reading.atOnce ? 0 : forSeconds * MS_PER_SECOND,
      resolveAfterMs: quietSeconds * MS_PER_SECOND,
    });
    const at = new Date();
    const { by } = watched;
    if (change === 'raised') {
      watched.alert = { ...facts(reading), id: randomUUID(), replica: by, raisedAt: at };
      this.news.tell({ alert: watched.alert, state: 'raised', at, by });
    }
    if (change === 'resolved' && watched.alert) {
      this.news.tell({ alert: { ...watched.alert, ...facts(reading) }, state: 'resolved', at, by });
    }
    if (!holds && !watched.alarm.isRaised) this.watched.delete(key);
  }
}

function keyOf({ rule, subject = '' }: Pick<Reading, 'rule' | 'subject'>): string {
  return `${rule} ${subject}`;
}

/** JSON knows no infinity, which is the threshold of a rule that was switched off meanwhile. */
function facts({ atOnce: _, ...reading }: Reading): Omit<Reading, 'atOnce'> {
  return { ...reading, threshold: Number.isFinite(reading.threshold) ? reading.threshold : 0 };
}
