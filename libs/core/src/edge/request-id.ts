import { randomUUID } from 'node:crypto';
import type { HttpRequest } from '#libs/kit';
import { isTraceparent } from '../observability/traces/trace-id.js';

const REQUEST_ID = /^[A-Za-z0-9-]{1,64}$/;

/** The client's request id where it is well-formed, else a new one. */
export function requestIdOf(request: HttpRequest): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

/** The W3C trace context of the client, where it is well-formed. */
export function traceparentOf(request: HttpRequest): string | undefined {
  const given = request.headers.traceparent;
  return isTraceparent(given) ? given : undefined;
}
