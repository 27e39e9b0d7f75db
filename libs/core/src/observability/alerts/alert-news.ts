import { Injectable, Logger } from '@nestjs/common';
import { LiveEvents } from '../live/live-events.js';
import type { AlertChange } from './alert.js';
import { AlertJournal } from './alert-journal.js';

/** Says that an alert began or is over: to the log, to those who follow alerts, and to the journal. */
@Injectable()
export class AlertNews {
  private readonly logger = new Logger('Alert');

  constructor(
    private readonly live: LiveEvents,
    private readonly journal: AlertJournal,
  ) {}

  tell(change: AlertChange): void {
    this.show(change);
    this.journal.note(change);
  }

  /** What the store knows already. */
  show({ alert: { raisedAt: _, ...alert }, state, at }: AlertChange): void {
    const { rule, subject, message } = alert;
    const line = `${state} ${rule}${subject === undefined ? '' : ` of ${subject}`}: ${message}`;
    if (state === 'raised') this.logger.warn(line);
    else this.logger.log(line);
    this.live.publish('alert', { ...alert, state, time: at.toISOString() });
  }
}
