import { Injectable, Logger } from '@nestjs/common';
import { LiveEvents } from '../live/live-events.js';
import type { AlertChange } from './alert.js';
import { AlertJournal } from './alert-journal.js';

/** Says what a gateway sees, or sees no more: to its log, to the journal, and where it is news to those who follow alerts. */
@Injectable()
export class AlertNews {
  private readonly logger = new Logger('Alert');

  constructor(
    private readonly live: LiveEvents,
    private readonly journal: AlertJournal,
  ) {
    journal.onNews((change) => {
      if (change.alert.subject !== undefined) this.publish(change);
    });
  }

  /** What has no subject is this gateway's own, and news at once. */
  tell(change: AlertChange): void {
    this.log(change);
    if (change.alert.subject === undefined) this.publish(change);
    this.journal.note(change);
  }

  /** News that the store knows already. */
  show(change: AlertChange): void {
    this.log(change);
    this.publish(change);
  }

  private log({ alert: { rule, subject, message }, state }: AlertChange): void {
    const line = `${state} ${rule}${subject === undefined ? '' : ` of ${subject}`}: ${message}`;
    if (state === 'raised') this.logger.warn(line);
    else this.logger.log(line);
  }

  private publish({ alert: { raisedAt: _, ...alert }, state, at }: AlertChange): void {
    this.live.publish('alert', { ...alert, state, time: at.toISOString() });
  }
}
