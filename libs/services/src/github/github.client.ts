import { isDeepStrictEqual } from 'node:util';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/core';
import { OperationError, type ServiceStatus } from '#libs/kit';
import { HttpClient, inDoubt, NamedOrigin } from '#libs/outbound';
import { at, listAt, malformed, textAt } from './answers.js';
import { credentialOf, missingOf, notConfigured, notConfiguredReason, type Credential } from './credential.js';
import { toldAs, type RequestFailure } from './github-errors.js';
import { GithubSettings } from './github.settings.js';
import { octokitFetch, streamingFetch } from './octokit-fetch.js';
import { nextCursor, pageParameters, type Page } from './paging.js';
import { bucketOf, limited, RateLimits } from './rate-limits.js';
import {
  repositoryOf,
  searchScopeOf,
  type Defaults,
  type NamesRepository,
  type Repository,
  type SearchScope,
} from './repository.js';

/** A limit that ends sooner than this is waited for. */
const SHORT_WAIT_MS = 3_000;
const version = { 'x-github-api-version': '2022-11-28' };

export interface GithubAnswer {
  status: number;
  headers: Record<string, string | number | undefined>;
  data: unknown;
}

type Parameters = Record<string, unknown>;
type Send = (route: string, parameters: Parameters) => Promise<GithubAnswer>;

interface RequestOptions {
  /** The form of the answer, where it is not JSON. */
  accept?: string;
}

/** GitHub, as the operator configured it: asks, obeys its limits, and tells failures as OperationErrors. */
@Injectable()
export class Github {
  private made: { credential: Credential; octokit: Octokit } | undefined;
  private readonly origin: NamedOrigin;
  private readonly stream: ReturnType<typeof streamingFetch>;
  private readonly limits = new RateLimits();
  /** What GitHub said when it last refused the credential; none once it was accepted again. */
  private refusal: OperationError | undefined;

  constructor(
    private readonly settings: GithubSettings,
    private readonly http: HttpClient,
  ) {
    this.origin = new NamedOrigin('GitHub', settings.apiUrl);
    this.stream = streamingFetch(http, this.origin);
  }

  /** Of the credential as it is now. */
  private get octokit(): Octokit | undefined {
    const credential = credentialOf(this.settings);
    if (!credential) return undefined;
    if (!isDeepStrictEqual(credential, this.made?.credential)) {
      const fetch = octokitFetch(this.http, this.origin);
      this.made = { credential, octokit: octokitFor(credential, this.settings.apiUrl, fetch) };
    }
    return this.made?.octokit;
  }

  get kind(): Credential['kind'] | undefined {
    return credentialOf(this.settings)?.kind;
  }

  status(): ServiceStatus {
    const missing = missingOf(this.settings);
    if (!this.octokit) return { state: 'not configured', reason: notConfiguredReason(missing), missing };
    return this.refusal ? { state: 'unavailable', reason: this.refusal.message } : { state: 'ready' };
  }

  /** What stands in for a repository that a call does not name. */
  get defaults(): Defaults {
    return this.settings;
  }

  /** Where a call names no owner. */
  get defaultOwner(): string | undefined {
    return this.settings.owner;
  }

  repository(call: NamesRepository): Repository {
    this.configured();
    return repositoryOf(call, this.settings);
  }

  searchScope(call: NamesRepository): SearchScope | undefined {
    this.configured();
    return searchScopeOf(call, this.settings);
  }

  /** Sends one request; `route` is as in GitHub's documentation, such as `GET /repos/{owner}/{repo}`. */
  async request(route: string, parameters: Parameters, signal: AbortSignal, options: RequestOptions = {}) {
    const octokit = this.configured();
    const headers = { ...version, ...(options.accept && { accept: options.accept }) };
    const send = octokit.request as unknown as Send;
    return this.obeying(route, signal, () => send(route, { ...parameters, headers, request: { signal } }));
  }

  /** As `request`, for a change: once it is made, an answer that can't be read leaves only in doubt what came of it. */
  async change<T>(route: string, parameters: Parameters, signal: AbortSignal, read: (answer: GithubAnswer) => T) {
    const answer = await this.request(route, parameters, signal);
    try {
      return read(answer);
    } catch (error) {
      throw inDoubt(error);
    }
  }

  /** As `request`; the answer's bytes as they came, since what its head says of them may be wrong. */
  async bytes(route: string, parameters: Parameters, signal: AbortSignal, accept: string): Promise<Buffer> {
    const octokit = this.configured();
    const send = octokit.request as unknown as Send;
    const asked = {
      ...parameters,
      headers: { ...version, accept },
      request: { signal, parseSuccessResponseBody: false },
    };
    const { data } = await this.obeying(route, signal, () => send(route, asked));
    if (data instanceof ReadableStream) return buffer(data as ReadableStream<Uint8Array>);
    throw malformed(new TypeError('there is no body'));
  }

  /** As `request`; the answer is a text that may be large, and is read as it comes in. */
  async streamed(route: string, parameters: Parameters, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const octokit = this.configured();
    const send = octokit.request as unknown as Send;
    const request = { signal, fetch: this.stream, parseSuccessResponseBody: false };
    const { data } = await this.obeying(route, signal, () => send(route, { ...parameters, request }));
    if (data instanceof ReadableStream) return data as ReadableStream<Uint8Array>;
    throw malformed(new TypeError('there is no body'));
  }

  /** One page of a list, which is the answer itself or its member `path`. */
  async list(route: string, parameters: Parameters, page: Page, signal: AbortSignal, options?: ListOptions) {
    const asked = { ...parameters, ...pageParameters(page) };
    const { data, headers } = await this.request(route, asked, signal, options);
    return { items: listAt(data, options?.path), nextCursor: nextCursor(headers.link) };
  }

  /** One page of what a search finds. */
  async search(route: string, parameters: Parameters, page: Page, signal: AbortSignal, options?: RequestOptions) {
    const asked = { ...parameters, ...pageParameters(page) };
    const { data, headers } = await this.request(route, asked, signal, options);
    const total = Number(at(data, 'total_count') ?? 0);
    return { items: listAt(data, 'items'), page: { total, nextCursor: nextCursor(headers.link) } };
  }

  async graphql(query: string, variables: Parameters, signal: AbortSignal): Promise<unknown> {
    const octokit = this.configured();
    return this.obeying('POST /graphql', signal, () => octokit.graphql(query, { ...variables, request: { signal } }));
  }

  async defaultBranch(repository: Repository, signal: AbortSignal): Promise<string> {
    const { data } = await this.request('GET /repos/{owner}/{repo}', { ...repository }, signal);
    return textAt(data, 'default_branch');
  }

  private configured(): Octokit {
    if (this.octokit) return this.octokit;
    throw notConfigured(missingOf(this.settings));
  }

  /** Sends within GitHub's limits; once more after a short wait, or with a new token where the old one was withdrawn. */
  private async obeying<T>(route: string, signal: AbortSignal, send: () => Promise<T>): Promise<T> {
    const bucket = bucketOf(route);
    const changes = !route.startsWith('GET ') && bucket !== 'graphql';
    for (let again = false; ; again = true) {
      if (!route.endsWith('/rate_limit')) this.limits.admit(bucket);
      try {
        const answer = await send();
        this.limits.note(bucket, (answer as Partial<GithubAnswer> | null)?.headers ?? {});
        this.refusal = undefined;
        return answer;
      } catch (error) {
        const { status = 0, message, response } = error as RequestFailure;
        const waitMs = response && this.limits.refusal(bucket, status, response.headers, message);
        if (waitMs !== undefined) {
          if (again || waitMs > SHORT_WAIT_MS) throw limited(waitMs, error);
          await this.wait(waitMs, signal);
        } else if (again || status !== 401 || !(await this.renewed())) {
          throw this.told(error, changes);
        }
      }
    }
  }

  private told(error: unknown, changes: boolean): unknown {
    const told = toldAs(error, this.kind ?? 'token', changes);
    if (told instanceof OperationError && told.kind === 'not-configured') this.refusal = told;
    return told;
  }

  /** Whether there is a new token to try with. */
  private async renewed(): Promise<boolean> {
    if (this.kind !== 'app') return false;
    try {
      await this.octokit?.auth({ type: 'installation', refresh: true });
      return true;
    } catch {
      return false;
    }
  }

  private async wait(ms: number, signal: AbortSignal): Promise<void> {
    // a millisecond more, since timers may be early
    await sleep(ms + 1, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) throw signal.reason;
  }
}

interface ListOptions extends RequestOptions {
  path?: string;
}

function octokitFor(credential: Credential, baseUrl: string, fetch: unknown): Octokit {
  const logger = new Logger('GitHub');
  const quiet = () => undefined;
  const log = {
    debug: quiet,
    info: quiet,
    warn: (text: string) => logger.warn(text),
    error: (text: string) => logger.error(text),
  };
  const options = { baseUrl: baseUrl.replace(/\/+$/, ''), userAgent: 'mcp-gateway', request: { fetch }, log };
  if (credential.kind === 'token') return new Octokit({ ...options, auth: credential.token });
  const { appId, installationId, privateKey } = credential;
  return new Octokit({ ...options, authStrategy: createAppAuth, auth: { appId, installationId, privateKey } });
}
