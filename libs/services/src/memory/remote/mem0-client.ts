import type { z } from 'zod';
import { OperationError } from '#libs/kit';
import { inDoubt, NamedOrigin, UnavailableError, type HttpAnswer, type HttpClient } from '#libs/outbound';
import { reasonSchema } from './mem0-shapes.js';

/** Longer reasons say no more. */
const MAX_TOLD = 300;

export interface Ask {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the server's address, without a slash before it. */
  path: string;
  query?: Record<string, string | number | undefined>;
  json?: unknown;
  /** Whether asking twice does no more than asking once, where the method does not say so. */
  idempotent?: boolean;
}

/** One Mem0 server, whichever of its APIs it speaks. */
export class Mem0Client {
  private readonly base: string;
  private readonly policy: NamedOrigin;

  constructor(
    url: string,
    /** Read for each request: it may be renewed. */
    private readonly credential: () => Record<string, string>,
    private readonly http: HttpClient,
  ) {
    this.base = url.replace(/\/+$/, '');
    this.policy = new NamedOrigin('Mem0', url);
  }

  /** Throws an OperationError for any answer that is not the one of `schema`. */
  async ask<T>(ask: Ask, schema: z.ZodType<T>, signal: AbortSignal, timeoutMs?: number): Promise<T> {
    const { method = 'GET', path, query = {}, json, idempotent } = ask;
    const url = new URL(`${this.base}/${path}`);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const answer = await this.http.request({
      url,
      policy: this.policy,
      method,
      headers: { ...this.credential(), accept: 'application/json' },
      redirects: 0,
      signal,
      ...(json !== undefined && { json }),
      ...(idempotent !== undefined && { idempotent }),
      ...(timeoutMs !== undefined && { timeoutMs }),
    });
    const isRepeatable = idempotent ?? method !== 'POST';
    if (answer.status >= 300) throw refusal(answer, isRepeatable);
    const sent = jsonOf(answer);
    const parsed = schema.safeParse(sent);
    if (sent === undefined || !parsed.success) throw notUnderstood(isRepeatable);
    return parsed.data;
  }
}

/** Null where there is none, undefined where it is something else. */
function jsonOf(answer: HttpAnswer): unknown {
  if (answer.body.length === 0) return null;
  try {
    return answer.json();
  } catch {
    return undefined;
  }
}

/** Of an answer that is none; what was asked for may have been done all the same. */
function notUnderstood(isRepeatable: boolean): OperationError {
  const message = 'Mem0 answered something else than expected';
  if (!isRepeatable) return inDoubt(new UnavailableError('answered', message));
  return new OperationError('failed', `${message}. Are MEM0_API_URL and MEM0_MODE right?`);
}

function refusal(answer: HttpAnswer, isRepeatable: boolean): OperationError {
  const { status, retryAfterMs = 1_000 } = answer;
  const told = reasonOf(answer);
  if (status === 401 || status === 403) {
    return new OperationError(
      'failed',
      'Mem0 refused the API key. The operator has to set MEM0_API_KEY to a valid one.',
    );
  }
  if (status === 404) return new OperationError('unknown', `Mem0 has no such thing: ${told}`);
  if (status === 429) {
    return new OperationError('limited', 'Mem0 takes no more requests for now. Try again later.', { retryAfterMs });
  }
  if (status >= 500) {
    const failed = `Mem0 failed (status ${status})`;
    if (!isRepeatable) return inDoubt(new OperationError('unavailable', failed));
    return new OperationError('unavailable', `${failed}; try again soon`, { retryable: true });
  }
  return new OperationError('failed', `Mem0 refused the request (status ${status}): ${told}`);
}

/** What Mem0 gives as its reason, in quotes. */
function reasonOf({ body }: HttpAnswer): string {
  try {
    const { detail, message, error } = reasonSchema.parse(JSON.parse(body.toString()));
    const told = detail ?? message ?? error;
    if (told !== undefined)
      return JSON.stringify((typeof told === 'string' ? told : JSON.stringify(told)).slice(0, MAX_TOLD));
  } catch {
    // it gave none
  }
  return 'nothing about the reason';
}
