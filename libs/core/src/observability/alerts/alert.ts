import type { AlertEntity } from '../../store/entities/alert.entity.js';
import type { Reading } from './reading.js';

export type AlertState = 'raised' | 'resolved';
export const alertStates: readonly AlertState[] = ['raised', 'resolved'];

/** Something that is wrong, as it was read when it was raised. */
export interface Alert extends Omit<Reading, 'atOnce'> {
  readonly id: string;
  /** The gateway that was the first to see it, of those that see it now. */
  readonly replica: string;
  readonly raisedAt: Date;
}

/** That a gateway sees it, or sees it no more. */
export interface AlertChange {
  readonly alert: Alert;
  readonly state: AlertState;
  readonly at: Date;
  /** The id of that gateway, which need not be the one that raised the alert. */
  readonly by: string;
}

/** In SQL, of the alerts that the gateway `:replica` sees. */
export const SEEN_BY = '(alert.replica = :replica OR :replica = ANY(alert.alsoSeenBy))';

/** As it was when it was raised. */
export function alertOf(row: AlertEntity): Alert {
  const { id, rule, subject, replica, severity, message, value, threshold, raisedAt } = row;
  const what = { id, rule, replica, severity: severity as Alert['severity'], message, value, threshold, raisedAt };
  return subject === null ? what : { ...what, subject };
}
