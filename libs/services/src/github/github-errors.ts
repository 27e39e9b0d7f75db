import { OperationError } from '#libs/kit';
import { inDoubt, UnavailableError } from '#libs/outbound';
import { at, malformed } from './answers.js';
import type { Credential } from './credential.js';
import { limited, SECONDARY_WAIT_MS } from './rate-limits.js';

/** What Octokit throws: an answer that says no, or the reason why there is none. */
export interface RequestFailure extends Error {
  status?: number;
  cause?: unknown;
  /** Of GraphQL's failures without an address. */
  request?: { url?: string };
  response?: { headers: Record<string, string | undefined>; data: unknown };
}

/** GitHub's words are shown up to this length. */
const MAX_MESSAGE = 500;
/** What the proxies in front of GitHub say where they don't reach it. */
const gatewayStatuses = new Set([502, 503, 504]);
const tokens = /\b(?:gh[a-z]_|github_pat_)\w+/g;

/**
 * Puts what GitHub, or the way to it, said into words that an agent can act on. What neither of them said is returned as
 * it is: a fault of ours. `changes` says that the request was to change something.
 */
export function toldAs(thrown: unknown, kind: Credential['kind'], changes: boolean): unknown {
  const failure = thrown as RequestFailure;
  const ofToken = failure.request?.url?.endsWith('/access_tokens') ?? false;
  const mayBeDone = changes && !ofToken;
  const found = [thrown, failure.cause].find((error) => error instanceof OperationError);
  if (found) return mayBeDone ? inDoubt(found) : found;
  const told = graphqlError(thrown);
  if (told) return told;
  const { response, status } = failure;
  if (status === undefined) return thrown;
  if (!response) return malformed(thrown);
  if (ofToken) return withoutToken(status, response.data, thrown);
  if (status >= 500) {
    const error = troubled(status, response.data, thrown);
    return mayBeDone ? inDoubt(error) : error;
  }
  return refused(status, response, kind, thrown);
}

/** The App gets no token: whatever the call was to do, it was not begun. */
function withoutToken(status: number, data: unknown, cause: unknown): OperationError {
  return [401, 403, 404].includes(status) ? refusedCredential('app', cause) : troubled(status, data, cause);
}

function troubled(status: number, data: unknown, cause: unknown): UnavailableError {
  const isFromProxy = gatewayStatuses.has(status) && typeof at(data, 'message') !== 'string';
  const message = `GitHub has trouble of its own and answered ${status}`;
  return new UnavailableError(isFromProxy ? 'away' : 'answered', message, { retryable: true }, { cause });
}

function refused(
  status: number,
  { data, headers }: NonNullable<RequestFailure['response']>,
  kind: Credential['kind'],
  cause: unknown,
): OperationError {
  const said = messageOf(data);
  const failed = (message: string) => new OperationError('failed', message, { status }, { cause });
  if (status === 401) return refusedCredential(kind, cause);
  if (status === 403) return failed(forbiddenReason(said, headers, kind));
  if (status === 404) {
    const who = kind === 'app' ? 'the App is not installed there' : 'the token does not reach it';
    return failed(`GitHub does not find this: a name or number is wrong, or it is private and ${who} (${said})`);
  }
  if (status === 409) return failed(`GitHub sees a conflict with what has changed in the meantime: ${said}`);
  return failed(`GitHub refuses this: ${said}`);
}

function refusedCredential(kind: Credential['kind'], cause: unknown): OperationError {
  const app = ['GITHUB_APP_ID', 'GITHUB_INSTALLATION_ID', 'GITHUB_PRIVATE_KEY'];
  const missing = kind === 'app' ? app : ['GITHUB_PAT'];
  const what = kind === 'app' ? "the App's id, installation or key" : 'the token: it is wrong, expired or revoked';
  return new OperationError(
    'not-configured',
    `GitHub does not accept ${what}. The operator has to renew ${missing.join(', ')}`,
    { missing },
    { cause },
  );
}

/** `x-accepted-github-permissions` is like `contents=write; issues=read`: any of these would have done. */
function forbiddenReason(said: string, headers: Record<string, string | undefined>, kind: Credential['kind']): string {
  const holder = kind === 'app' ? 'the App' : 'the token';
  if (headers['x-github-sso']?.startsWith('required')) {
    return 'GitHub refuses this: the organization wants the token to be authorized for single sign-on, in its owner’s settings';
  }
  const permissions = headers['x-accepted-github-permissions']?.split(/[;,]\s*/).map(permissionName);
  const scopes = headers['x-accepted-oauth-scopes']?.split(/,\s*/).filter((scope) => scope !== '');
  if (permissions?.length) return `GitHub refuses this: ${holder} lacks ${permissions.join(' or ')} (${said})`;
  if (scopes?.length && /scope|not accessible/i.test(said)) {
    return `GitHub refuses this: ${holder} lacks the scope ${scopes.join(' or ')} (${said})`;
  }
  return `GitHub refuses this: ${said}`;
}

/** `pull_requests=write` as its settings page says it: `Pull requests: write`. */
function permissionName(permission: string): string {
  const [name = '', level = 'read'] = permission.split('=');
  const words = name.replaceAll('_', ' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}: ${level}`;
}

function messageOf(data: unknown): string {
  const message = at(data, 'message');
  const errors = at(data, 'errors');
  const details = (Array.isArray(errors) ? (errors as unknown[]) : []).flatMap((each) => detailOf(each));
  const said = [...new Set([typeof message === 'string' ? message : 'no reason was given', ...details])].join('; ');
  return redacted(said);
}

function detailOf(error: unknown): string[] {
  if (typeof error === 'string') return [error];
  const said = at(error, 'message');
  if (typeof said === 'string') return [said];
  const [field, code] = [at(error, 'field'), at(error, 'code')];
  return typeof field === 'string' && typeof code === 'string' ? [`${field}: ${code.replaceAll('_', ' ')}`] : [];
}

/** GraphQL tells its errors with status 200. */
function graphqlError(thrown: unknown): OperationError | undefined {
  const errors = at(thrown, 'errors');
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  const said = at(first, 'message');
  if (at(first, 'type') === 'RATE_LIMITED') return limited(SECONDARY_WAIT_MS, thrown);
  if (typeof said !== 'string') return undefined;
  return new OperationError('failed', `GitHub refuses this: ${redacted(said)}`, {}, { cause: thrown });
}

function redacted(said: string): string {
  const clean = said.replace(tokens, '…').replace(/\s+/g, ' ');
  return clean.length > MAX_MESSAGE ? `${clean.slice(0, MAX_MESSAGE)}…` : clean;
}
