import type { AlertEntity } from '../../store/entities/alert.entity.js';
import type { Reading } from './reading.js';

export type AlertState = 'raised' | 'resolved';
export const alertStates: readonly AlertState[] = ['raised', 'resolved'];

/** Something that is wrong: what was read when it was raised, and by which gateway. */
export interface Alert extends Omit<Reading, 'atOnce'> {
  readonly id: string;
  readonly replica: string;
  readonly raisedAt: Date;
}

/** That it began, or is over. */
export interface AlertChange {
  readonly alert: Alert;
  readonly state: AlertState;
  readonly at: Date;
}

/** As it was when it was raised. */
export function alertOf(row: AlertEntity): Alert {
  const { id, rule, subject, replica, severity, message, value, threshold, raisedAt } = row;
  const what = { id, rule, replica, severity: severity as Alert['severity'], message, value, threshold, raisedAt };
  return subject === null ? what : { ...what, subject };
}
