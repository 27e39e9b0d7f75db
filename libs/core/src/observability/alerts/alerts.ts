import { randomUUID } from 'node:crypto';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { LiveEvents } from '../live/live-events.js';
import { Alarm } from './alarm.js';
import { AlertsSettings } from './alerts.settings.js';
import { BudgetReadings } from './budget-readings.js';
import { GatewayReadings } from './gateway-readings.js';
import { NeighbourReadings } from './neighbour-readings.js';
import type { Reading } from './reading.js';

const PERIOD_MS = 1_000;
const MS_PER_SECOND = 1_000;

/** What is wrong, or was seen to be a moment ago. */
interface Watched {
  readonly alarm: Alarm;
  /** Of the alert that is raised now. */
  id: string;
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
    private readonly gateway: GatewayReadings,
    private readonly neighbours: NeighbourReadings,
    private readonly budgets: BudgetReadings,
    private readonly live: LiveEvents,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.look(), PERIOD_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const now = performance.now();
    const gone = new Set(this.watched.keys());
    for (const reading of [...this.gateway.take(), ...this.neighbours.take(), ...this.budgets.take()]) {
      const key = `${reading.rule} ${reading.subject ?? ''}`;
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
    const watched = this.watched.get(key) ?? { alarm: new Alarm(), id: '', last: reading };
    this.watched.set(key, watched);
    watched.last = reading;
    const holds = reading.value > reading.threshold;
    const { forSeconds, quietSeconds } = this.settings;
    const change = watched.alarm.look(holds, now, {
      raiseAfterMs: reading.atOnce ? 0 : forSeconds * MS_PER_SECOND,
      resolveAfterMs: quietSeconds * MS_PER_SECOND,
    });
    if (change === 'raised') watched.id = randomUUID();
    if (change) this.tell(watched.id, change, reading);
    if (!holds && !watched.alarm.isRaised) this.watched.delete(key);
  }

  private tell(id: string, state: 'raised' | 'resolved', reading: Reading): void {
    const { rule, subject, severity, message, value, threshold } = reading;
    const line = `${state} ${rule}${subject === undefined ? '' : ` of ${subject}`}: ${message}`;
    if (state === 'raised') this.logger.warn(line);
    else this.logger.log(line);
    this.live.publish('alert', {
      id,
      rule,
      ...(subject !== undefined && { subject }),
      state,
      severity,
      message,
      value,
      // JSON knows no infinity, which is that of a rule that was switched off meanwhile
      threshold: Number.isFinite(threshold) ? threshold : 0,
    });
  }
}
