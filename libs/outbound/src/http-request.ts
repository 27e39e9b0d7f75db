import type { Readable } from 'node:stream';
import { OperationError, isUrl } from '#libs/kit';
import type { AnswerHead } from './http-answer.js';
import type { CancelSignal } from './cancellation.js';
import { requestHeaders, withoutBody, withoutCredentials, type Headers } from './request-headers.js';
import { isIdempotent } from './retries.js';
import { NamedOrigin, type TargetPolicy } from './target-policy.js';

export interface HttpRequest {
  readonly url: string | URL;
  readonly policy: TargetPolicy;
  /** `GET` where nothing is said. */
  readonly method?: string;
  /** Go to this origin; to another one after a redirect only what can hold no credential. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | Readable;
  /** Bytes of a body that is a stream, where they are known; others are sent in chunks, which not all servers take. */
  readonly bodyLength?: number;
  /** Sent as JSON, instead of `body`. */
  readonly json?: unknown;
  /** Ends the request; its reason is passed on where it is an OperationError. */
  readonly signal?: CancelSignal;
  /**
   * For all of it, redirects and retries included, but not for a body that is read as it comes in. Default
   * `HTTP_TIMEOUT_MS`; `Infinity` where `signal` is the limit.
   */
  readonly timeoutMs?: number;
  /** From the request to the head of the answer, to the second. Unset: as long as `timeoutMs` allows. */
  readonly headersTimeoutMs?: number;
  /** Between two parts of the body, to the second. Unset: where it is opened 5 minutes, else as long as `timeoutMs` allows. */
  readonly bodyTimeoutMs?: number;
  /** Of a whole answer's body, after inflating. Unset: 10 MiB. */
  readonly maxBytes?: number;
  /** At most 5, which is also the default; a further redirect is an error. 0 answers the redirect itself. */
  readonly redirects?: number;
  /** Sees the head before a whole answer is read; what it throws ends the request. */
  readonly onHead?: (head: AnswerHead) => void;
  /** Whether the request may be sent again after a passing failure. Default: by its method. */
  readonly idempotent?: boolean;
  /**
   * A short message with a whole body and no limits between its parts, one of many to the same server: where no proxy is in
   * between, it goes over connections of `http1`, at half the processor time.
   */
  readonly isMessage?: boolean;
}

/** A short message that is posted, one of many to the same server; its listener says how long it may take. */
export interface HttpMessage {
  readonly url: string | URL;
  readonly policy: TargetPolicy;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Of an answer that is taken as a whole. */
  readonly maxBytes: number;
}

const redirectStatuses = new Set([301, 302, 303, 307, 308]);

/** One request to one origin: the first, or one that a redirect led to. */
export interface Hop {
  readonly url: URL;
  readonly policy: TargetPolicy;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string | Buffer | Readable | null;
  /** Names the other side in errors. */
  readonly who: string;
  readonly repeatable: boolean;
  /** The caller said that nothing is to be sent again, be it a redirect's GET. */
  readonly isOnce: boolean;
  readonly isMessage: boolean;
}

export function firstHop(request: HttpRequest, url: URL): Hop {
  const { policy } = request;
  const method = (request.method ?? 'GET').toUpperCase();
  if (method === 'CONNECT' || method === 'TRACE') {
    throw new OperationError('invalid', `The method ${method} is not sent`);
  }
  const headers = headersOf(request);
  const body = request.json === undefined ? (request.body ?? null) : JSON.stringify(request.json);
  const who = whoIs(policy, url);
  const repeatable = (request.idempotent ?? isIdempotent(method)) && isWhole(body);
  const isOnce = request.idempotent === false;
  return { url, policy, method, headers, body, who, repeatable, isOnce, isMessage: request.isMessage ?? false };
}

export function messageHop({ policy, headers, body }: HttpMessage, url: URL): Hop & { readonly body: string } {
  const who = whoIs(policy, url);
  return {
    url,
    policy,
    method: 'POST',
    headers: requestHeaders(headers),
    body,
    who,
    repeatable: false,
    isOnce: true,
    isMessage: true,
  };
}

function whoIs(policy: TargetPolicy, url: URL): string {
  return policy === 'open' ? url.origin : policy.name;
}

function headersOf({ headers: given = {}, json, bodyLength }: HttpRequest): Headers {
  const headers = requestHeaders(given);
  if (json === undefined && bodyLength === undefined) return headers;
  const all: Record<string, string> = { ...headers };
  if (json !== undefined) all['content-type'] ??= 'application/json';
  if (bodyLength !== undefined) all['content-length'] = String(bodyLength);
  return all;
}

/** Where a redirect leads; undefined where the answer is none. */
export function redirectTarget(status: number, location: string | undefined, from: URL): string | undefined {
  if (!redirectStatuses.has(status) || location === undefined) return undefined;
  // node reads headers byte by byte; servers write UTF-8 into this one
  const text = Buffer.from(location, 'latin1').toString('utf8');
  return isUrl(text, from.href) ? new URL(text, from).href : text;
}

/**
 * The request that a redirect asks for (RFC 9110, 15.4). Another origin gets no credentials, and none of the trust in the
 * one that the operator named. Throws `failed` where the redirect is not followed.
 */
export function nextHop(hop: Hop, status: number, url: URL): Hop {
  if (hop.url.protocol === 'https:' && url.protocol === 'http:') {
    throw notFollowed(hop, 'it leads from https to http');
  }
  const sameOrigin = url.origin === hop.url.origin;
  const becomesGet =
    (status === 303 && hop.method !== 'HEAD') || ((status === 301 || status === 302) && hop.method === 'POST');
  if (!becomesGet && !isWhole(hop.body)) throw notFollowed(hop, 'the body was sent as a stream and is gone');
  const headers = sameOrigin ? hop.headers : withoutCredentials(hop.headers);
  const next = { ...hop, url, policy: policyAfter(hop, url), who: sameOrigin ? hop.who : `The target of a redirect` };
  if (!becomesGet) return { ...next, headers };
  return { ...next, headers: withoutBody(headers), method: 'GET', body: null, repeatable: !hop.isOnce };
}

export function policyAfter({ policy }: Hop, url: URL): TargetPolicy {
  return policy instanceof NamedOrigin && policy.origin === url.origin ? policy : 'open';
}

export function notFollowed({ who }: Hop, why: string, cause?: unknown): OperationError {
  return new OperationError('failed', `A redirect of ${who} was not followed: ${why}`, {}, { cause });
}

export function isWhole(body: Hop['body']): body is string | Buffer | null {
  return body === null || typeof body === 'string' || Buffer.isBuffer(body);
}
