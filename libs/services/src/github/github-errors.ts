import { OperationError } from '#libs/kit';
import { at, malformed } from './answers.js';
import type { Credential } from './credential.js';
import { limited, SECONDARY_WAIT_MS } from './rate-limits.js';

/** What Octokit throws: an answer that says no, or the reason why there is none. */
export interface RequestFailure extends Error {
  status?: number;
  cause?: unknown;
  response?: { headers: Record<string, string | undefined>; data: unknown };
}

/** GitHub's words are shown up to this length. */
const MAX_MESSAGE = 500;
const tokens = /\b(?:gh[a-z]_|github_pat_)\w+/g;

/**
 * Puts what GitHub, or the way to it, said into words that an agent can act on. What neither of them said is returned as
 * it is: a fault of ours. `changes` says that the request was to change something.
 */
export function toldAs(thrown: unknown, kind: Credential['kind'], changes: boolean): unknown {
  const failure = thrown as RequestFailure;
  const found = [thrown, failure.cause].find((error) => error instanceof OperationError);
  if (found) return changes ? inDoubt(found) : found;
  const told = graphqlError(thrown);
  if (told) return told;
  const { response, status } = failure;
  if (status === undefined) return thrown;
  if (!response) return malformed(thrown);

  const { headers } = response;
  const said = messageOf(response.data);
  const failed = (message: string) => new OperationError('failed', message, { status }, { cause: thrown });
  if (status === 401) return refusedCredential(kind, thrown);
  if (status === 403) return failed(forbiddenReason(said, headers, kind));
  if (status === 404) {
    const who = kind === 'app' ? 'the App is not installed there' : 'the token does not reach it';
    return failed(`GitHub does not find this: a name or number is wrong, or it is private and ${who} (${said})`);
  }
  if (status >= 500) {
    const trouble = `GitHub has trouble of its own and answered ${status}`;
    const error = new OperationError('unavailable', trouble, { retryable: true }, { cause: thrown });
    return changes ? inDoubt(error) : error;
  }
  if (status === 409) return failed(`GitHub sees a conflict with what has changed in the meantime: ${said}`);
  return failed(`GitHub refuses this: ${said}`);
}

/** Of a request whose answer is not known: the change may have been made. */
function inDoubt(error: OperationError): OperationError {
  const { kind, message, details } = error;
  if (kind !== 'unavailable' && kind !== 'deadline') return error;
  const words = `${message}; whether the change was made is not known, so look before you repeat it`;
  return new OperationError(kind, words, { ...details, retryable: false }, { cause: error });
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
