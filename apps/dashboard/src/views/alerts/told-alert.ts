import type { AlertEvent } from '#libs/kit';
import type { Alert } from '../../api/shapes.js';

/** The list after an event, which may come before the store knows of it. */
export function withEvent(alerts: readonly Alert[], event: AlertEvent): Alert[] {
  const { seq: _, state, time, subject = null, ...told } = event;
  const known = alerts.find(({ id }) => id === event.id);
  const resolvedAt = state === 'resolved' ? time : null;
  if (known) return alerts.map((alert) => (alert === known ? { ...alert, message: told.message, resolvedAt } : alert));
  const unanswered = { acknowledgedAt: null, silencedUntil: null, deliveries: [] };
  return [{ ...told, ...unanswered, subject, raisedAt: time, resolvedAt }, ...alerts];
}
