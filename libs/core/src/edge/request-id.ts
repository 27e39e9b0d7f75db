import { randomUUID } from 'node:crypto';
import type { HttpRequest } from '#libs/kit';
import { isTraceparent } from '../observability/traces/trace-id.js';

const REQUEST_ID = /^[A-Za-z0-9-]{1,64}$/;

/** The client's request id where it is well-formed, else a new one. */
export function requestIdOf(request: HttpRequest): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : newRequestId();
}

/**
 * A UUID of version 8 (RFC 9562, 5.8): what is random was drawn when the process began, and the rest counts. It names a
 * request and proves nothing; one that is drawn anew each time costs a hundredth of a call.
 */
function newRequestId(): string {
  made += 1;
  return ofThisProcess + made.toString(16).padStart(12, '0');
}

const drawn = randomUUID();
const ofThisProcess = `${drawn.slice(0, 14)}8${drawn.slice(15, 24)}`;
let made = 0;

/** The W3C trace context of the client, where it is well-formed. */
export function traceparentOf(request: HttpRequest): string | undefined {
  const given = request.headers.traceparent;
  return isTraceparent(given) ? given : undefined;
}
