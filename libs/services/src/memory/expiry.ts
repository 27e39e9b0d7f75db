import { invalidField } from '#libs/kit';
import { isCalendarDay } from './calendar.js';

const DAY = /^\d{4}-\d\d-\d\d$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

/** When a memory ends: a time, or the end of a day in UTC. Throws `invalid` for anything else, and for the past. */
export function expiryOf(text: string, now = Date.now()): Date {
  const at = DAY.test(text) ? Date.parse(`${text}T23:59:59.999Z`) : TIME.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(at) || !isCalendarDay(text.slice(0, 10))) {
    throw invalidField(
      'expires',
      'a time such as 2027-01-31T12:00:00Z, or a day such as 2027-01-31',
      JSON.stringify(text),
    );
  }
  if (at <= now) throw invalidField('expires', 'a time to come', JSON.stringify(text));
  return new Date(at);
}
