import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { OperationError, type ServiceStatus } from '#libs/kit';
import { HttpClient, inDoubt, NamedOrigin, type HttpAnswer, type HttpRequest } from '#libs/outbound';
import { malformed, refusalOf } from './cloudflare-errors.js';
import { CloudflareSettings } from './cloudflare.settings.js';
import type { TokenPermission } from './token-permissions.js';

export interface ApiRequest extends Pick<
  HttpRequest,
  'method' | 'json' | 'body' | 'bodyLength' | 'headers' | 'idempotent'
> {
  /** Below the API's address; begins with `/`. */
  readonly path: string;
  /** Parameters of the query; those without a value are left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** What the API token needs for it. */
  readonly permission: TokenPermission;
  readonly signal: AbortSignal;
  /** For all of it; `HTTP_TIMEOUT_MS` where nothing is said. */
  readonly timeoutMs?: number;
}

/** Where a page of a list is in the whole. */
export interface PageInfo {
  readonly page: number;
  readonly pages: number;
  readonly total: number | null;
}

export interface ApiAnswer<T> {
  readonly result: T;
  /** `result` as it came. */
  readonly raw: unknown;
  readonly info: PageInfo | undefined;
}

const envelope = z.object({
  success: z.boolean(),
  errors: z.array(z.object({ code: z.number(), message: z.string() })).nullish(),
  result: z.unknown(),
  result_info: z
    .object({ page: z.number(), per_page: z.number(), total_count: z.number(), total_pages: z.number() })
    .partial()
    .nullish(),
});

/** Where Cloudflare takes in videos, besides its API. */
const cloudflareDomains = ['cloudflare.com', 'cloudflarestream.com', 'videodelivery.net'];

type Envelope = z.output<typeof envelope>;

/** Cloudflare's REST API, as the operator's token may use it. */
@Injectable()
export class CloudflareApi {
  private readonly origin: NamedOrigin;

  constructor(
    private readonly http: HttpClient,
    private readonly settings: CloudflareSettings,
  ) {
    this.origin = new NamedOrigin('Cloudflare', settings.apiUrl);
  }

  status(): ServiceStatus {
    return this.settings.token === undefined
      ? { state: 'not configured', missing: ['CLOUDFLARE_API_TOKEN'] }
      : { state: 'ready' };
  }

  get hasAccount(): boolean {
    return this.settings.accountId !== undefined;
  }

  /** Path of the operator's account. Throws `not-configured` where none is named. */
  get account(): string {
    const { accountId } = this.settings;
    const missing = [
      ...(this.settings.token === undefined ? ['CLOUDFLARE_API_TOKEN'] : []),
      ...(accountId === undefined ? ['CLOUDFLARE_ACCOUNT_ID'] : []),
    ];
    if (accountId === undefined) throw notConfigured(missing);
    return `/accounts/${encodeURIComponent(accountId)}`;
  }

  /**
   * Sends a request and reads the result by its schema. Rejects with an OperationError: `failed` where Cloudflare refuses
   * it, `limited` where it takes no more requests, `unavailable` where its answer is none.
   */
  request<T>(request: ApiRequest, schema: z.ZodType<T>): Promise<ApiAnswer<T>> {
    return this.ask(request, (answer) => {
      const { result: raw, result_info: info } = this.check(answer, request.permission);
      const read = schema.safeParse(raw);
      if (!read.success) throw malformed('something else than its API describes', read.error);
      return { result: read.data, raw, info: info ? pageInfo(info) : undefined };
    });
  }

  /** For what is answered as text, such as a zone file. Rejects as `request` does. */
  text(request: ApiRequest): Promise<string> {
    return this.ask(request, (answer) => {
      if (answer.status >= 300) this.check(answer, request.permission);
      return answer.text();
    });
  }

  private async ask<T>(request: ApiRequest, read: (answer: HttpAnswer) => T): Promise<T> {
    try {
      return read(await this.send(request));
    } catch (error) {
      throw mayRepeat(request) ? error : inDoubt(error);
    }
  }

  /** For an answer that the one who asks reads himself, whatever its status. */
  send({ path, query = {}, permission: _, ...request }: ApiRequest): Promise<HttpAnswer> {
    return this.sendTo(this.urlOf(path, query), request);
  }

  /** The same to an address that Cloudflare named. The token goes to Cloudflare alone. */
  async sendTo(
    url: URL,
    { headers, ...request }: Omit<ApiRequest, 'path' | 'query' | 'permission'>,
  ): Promise<HttpAnswer> {
    const { token } = this.settings;
    if (token === undefined) throw notConfigured(['CLOUDFLARE_API_TOKEN']);
    const own = url.origin === this.origin.origin;
    return this.http.request({
      ...request,
      idempotent: mayRepeat(request),
      url,
      policy: own ? this.origin : 'open',
      headers: {
        accept: 'application/json',
        ...headers,
        ...((own || isCloudflares(url)) && { authorization: `Bearer ${token}` }),
      },
    });
  }

  /** The envelope of a success. Throws what anything else means. */
  check({ status, headers, body }: HttpAnswer, permission: TokenPermission): Envelope {
    const text = body.toString('utf8');
    const answer = envelope.safeParse(parsed(text));
    const errors = (answer.data?.errors ?? []).map(({ code, message }) => ({
      code,
      message: this.withoutToken(message),
    }));
    if (status >= 400) throw refusalOf({ status, headers, errors }, permission);
    if (!answer.success) throw malformed('something that is no answer of its API', answer.error);
    if (!answer.data.success) throw refusalOf({ status, headers, errors }, permission);
    return answer.data;
  }

  private urlOf(path: string, query: NonNullable<ApiRequest['query']>): URL {
    const url = new URL(`${this.settings.apiUrl.replace(/\/+$/, '')}${path}`);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    return url;
  }

  /** Words of the other side as they may be shown. */
  withoutToken(message: string): string {
    const { token } = this.settings;
    return token === undefined ? message : message.replaceAll(token, '…');
  }
}

/**
 * Whether a request that is sent twice does what it does once, and is answered alike: a second DELETE would be told that
 * there is no such thing.
 */
function mayRepeat({ method = 'GET', idempotent }: Pick<ApiRequest, 'method' | 'idempotent'>): boolean {
  return idempotent ?? ['GET', 'HEAD', 'PUT'].includes(method);
}

function notConfigured(missing: string[]): OperationError {
  return new OperationError(
    'not-configured',
    `Cloudflare is not set up for this: the operator has to set ${missing.join(' and ')}`,
    { missing },
  );
}

function pageInfo({ page = 1, per_page, total_count, total_pages }: NonNullable<Envelope['result_info']>): PageInfo {
  const counted = total_count !== undefined && per_page ? Math.ceil(total_count / per_page) : page;
  return { page, pages: total_pages ?? counted, total: total_count ?? null };
}

function isCloudflares({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' && cloudflareDomains.some((domain) => hostname.endsWith(`.${domain}`));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
