import type { IncomingHttpHeaders } from 'node:http';
import { OperationError } from '#libs/kit';
import { UnavailableError } from '#libs/outbound';
import type { TokenPermission } from './token-permissions.js';

/** One of the reasons that Cloudflare gives. */
export interface CloudflareError {
  code: number;
  message: string;
}

/** An answer that is no success. */
export interface Refusal {
  status: number;
  headers: IncomingHttpHeaders;
  errors: readonly CloudflareError[];
}

/** `Invalid request headers`, with status 400: the token has a form that no token has. */
const MALFORMED_TOKEN = 6003;
/** Where Cloudflare limits and does not say for how long: its budget is one of five minutes. */
const DEFAULT_RETRY_AFTER_MS = 60_000;

/** What whoever stands in front of Cloudflare's API says where it is not reached. */
const gatewayStatuses = new Set([502, 503, 504]);

/** What a refusal means for the caller. `permission` is what the token needs for the call. */
export function refusalOf(refusal: Refusal, permission: TokenPermission): OperationError {
  const { status, errors } = refusal;
  const details = { status, ...(errors.length > 0 && { errors: [...errors] }) };
  const said = errors.map(({ code, message }) => `${message} (${code})`).join('; ');
  if (status === 429) return limited(refusal, details);
  if (status >= 500) {
    const isAway = gatewayStatuses.has(status) && errors.length === 0;
    const message = `Cloudflare has trouble answering (status ${status}); try again soon`;
    return new UnavailableError(isAway ? 'away' : 'answered', message, { ...details, retryable: true });
  }
  if (status === 401 || errors.some(({ code }) => code === MALFORMED_TOKEN)) {
    return failed(
      `Cloudflare does not accept the gateway's API token${because(said)}. The operator has to set CLOUDFLARE_API_TOKEN to a valid one; verify-token tells whether it is`,
      details,
    );
  }
  if (status === 403) {
    const missing =
      permission === undefined
        ? 'The operator has to check its permissions'
        : `It probably lacks the permission "${permission}", which the operator can add at Cloudflare`;
    return failed(`Cloudflare does not let the gateway's API token do this${because(said)}. ${missing}`, {
      ...details,
      ...(permission !== undefined && { tokenPermission: permission }),
    });
  }
  if (status === 404) return failed(`Cloudflare has no such thing${because(said)}. Check the id or name`, details);
  if (status === 409) return failed(`It conflicts with what is there at Cloudflare${because(said)}`, details);
  return failed(`Cloudflare refused the request${because(said) || ` with status ${status}`}`, details);
}

/** An answer that is none of Cloudflare's API, such as the page of a proxy in between. */
export function malformed(what: string, cause?: unknown): UnavailableError {
  const message = `Cloudflare answered with ${what}; try again soon`;
  return new UnavailableError('answered', message, { retryable: true }, { cause });
}

function limited({ headers }: Refusal, details: object): OperationError {
  const seconds = Number(headers['retry-after']);
  const retryAfterMs = seconds > 0 ? seconds * 1_000 : DEFAULT_RETRY_AFTER_MS;
  return new OperationError(
    'limited',
    `Cloudflare takes no more requests from the gateway for now; try again in ${Math.ceil(retryAfterMs / 1_000)} s`,
    { ...details, retryable: true, retryAfterMs },
  );
}

function failed(message: string, details: object): OperationError {
  return new OperationError('failed', message, { ...details });
}

function because(said: string): string {
  return said && `: ${said}`;
}
