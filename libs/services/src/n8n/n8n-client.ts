import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { OperationError } from '#libs/kit';
import { HttpClient, NamedOrigin, type HttpAnswer, type HttpRequest } from '#libs/outbound';
import { notUnderstood, refusal } from './n8n-errors.js';
import { N8nSettings } from './n8n.settings.js';

interface Ask {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  query?: Record<string, string | number | boolean | undefined>;
  json?: unknown;
  /** Completes "n8n can't …". */
  what: string;
  /** Whether asking twice does no more than asking once, where the method does not say so. */
  idempotent?: boolean;
  signal: AbortSignal;
}

/** n8n's public API, and the webhooks beside it. */
@Injectable()
export class N8nClient {
  private readonly target: { base: string; policy: NamedOrigin } | undefined;

  constructor(
    private readonly settings: N8nSettings,
    private readonly http: HttpClient,
  ) {
    if (settings.url === undefined) return;
    const base = settings.url.replace(/\/+$/, '').replace(/\/api\/v1$/, '');
    this.target = { base, policy: new NamedOrigin('n8n', settings.url) };
  }

  /** Variables that have to be set first. */
  get missing(): string[] {
    const { url, key } = this.settings;
    return [...(url === undefined ? ['N8N_API_URL'] : []), ...(key === undefined ? ['N8N_API_KEY'] : [])];
  }

  /** Asks the API. Throws an OperationError for any answer that is not the one of `schema`. */
  async ask<T>(path: string, schema: z.ZodType<T>, ask: Ask): Promise<T> {
    const answer = await this.send(path, ask);
    const parsed = schema.safeParse(jsonOf(answer));
    if (!parsed.success) throw notUnderstood(ask.what, isRepeatable(ask));
    return parsed.data;
  }

  /** As `ask`, where what is not there is no error. */
  async find<T>(path: string, schema: z.ZodType<T>, ask: Ask): Promise<T | undefined> {
    try {
      return await this.ask(path, schema, ask);
    } catch (error) {
      if (error instanceof OperationError && error.kind === 'unknown') return undefined;
      throw error;
    }
  }

  /** Calls a webhook; every answer is one, whatever its status. Never twice: a workflow has done its work by then. */
  webhook(
    path: string,
    request: Pick<HttpRequest, 'method' | 'headers' | 'json' | 'timeoutMs' | 'signal'>,
  ): Promise<HttpAnswer> {
    const { base, policy } = this.configured();
    return this.http.request({ ...request, url: `${base}/${path}`, policy, idempotent: false, redirects: 0 });
  }

  /** Whether the instance says that it is well; throws where it can't be reached. */
  async isHealthy(signal: AbortSignal): Promise<boolean> {
    const { base, policy } = this.configured();
    return (await this.http.request({ url: `${base}/healthz`, policy, redirects: 0, signal })).status === 200;
  }

  private async send(path: string, ask: Ask): Promise<HttpAnswer> {
    const { method = 'GET', query = {}, json, what, idempotent, signal } = ask;
    const { base, policy, key } = this.configured();
    const url = new URL(`${base}/api/v1/${path}`);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const answer = await this.http.request({
      url,
      policy,
      method,
      headers: { 'x-n8n-api-key': key, accept: 'application/json' },
      redirects: 0,
      signal,
      ...(json !== undefined && { json }),
      ...(idempotent !== undefined && { idempotent }),
    });
    if (answer.status >= 300) throw refusal(answer, what, isRepeatable(ask));
    return answer;
  }

  private configured() {
    const { missing, target } = this;
    const { key } = this.settings;
    if (target && key !== undefined) return { ...target, key };
    throw new OperationError(
      'not-configured',
      `n8n is not configured. The operator has to set ${missing.join(' and ')}.`,
      {
        missing,
      },
    );
  }
}

function isRepeatable({ method, idempotent }: Ask): boolean {
  return idempotent ?? method !== 'POST';
}

/** Undefined where it is none, as the page of a login is. */
function jsonOf(answer: HttpAnswer): unknown {
  try {
    return answer.json();
  } catch {
    return undefined;
  }
}
