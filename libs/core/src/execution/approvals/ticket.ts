import { randomBytes } from 'node:crypto';
import type { OperationError } from '#libs/kit';

const TICKET = /^apr_[0-9a-f]{32}$/;

export function newTicket(): string {
  return `apr_${randomBytes(16).toString('hex')}`;
}

export function isTicket(value: unknown): value is string {
  return typeof value === 'string' && TICKET.test(value);
}

/** The ticket with which a call is answered that still waits. */
export function ticketIn({ kind, details }: OperationError): string | undefined {
  return kind === 'not-approved' && isTicket(details.ticket) ? details.ticket : undefined;
}

/** Takes a ticket out of a call's arguments, where it stands beside them as `ticket`. */
export function splitTicket(input: unknown): { ticket: string | undefined; input: unknown } {
  if (typeof input !== 'object' || input === null || !('ticket' in input) || !isTicket(input.ticket)) {
    return { ticket: undefined, input };
  }
  const { ticket, ...rest } = input;
  return { ticket, input: rest };
}
