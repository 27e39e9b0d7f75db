import { invalidField, OperationError } from '#libs/kit';
import type { HttpAnswer } from '#libs/outbound';
import { limited, messageOf } from './n8n-errors.js';
import type { N8nClient } from './n8n-client.js';
import type { Method } from './webhooks.js';

/** Of an answer that is shown; a webhook may send anything. */
const MAX_SHOWN_BYTES = 256 * 1024;
const SEGMENT = /^[\w.~:@!$&'()*+,;=%-]+$/;

export interface WebhookCall {
  path: string;
  method: Method;
  data?: unknown;
  headers: Record<string, string>;
  test?: boolean | undefined;
  timeoutMs: number;
  signal: AbortSignal;
}

export interface WebhookAnswer {
  status: number;
  /** JSON where it is JSON, else text; null where there is none. */
  body: unknown;
}

/** Calls a webhook of n8n. Throws an OperationError where it is not there, refuses, or its workflow fails. */
export async function callWebhook(client: N8nClient, call: WebhookCall): Promise<WebhookAnswer> {
  const { method, data, headers, test = false, timeoutMs, signal } = call;
  const path = `${test ? 'webhook-test' : 'webhook'}/${checkedPath(call.path)}`;
  const bodyless = method === 'GET' || method === 'HEAD';
  const answer = await client.webhook(bodyless ? `${path}${queryOf(data)}` : path, {
    method,
    headers,
    timeoutMs,
    signal,
    ...(!bodyless && { json: bodyOf(data) }),
  });
  if (answer.status >= 400) throw refused(answer, call);
  return { status: answer.status, body: shown(answer) };
}

/** Webhooks take objects and lists; anything else goes as the member `data`. */
function bodyOf(data: unknown): unknown {
  return typeof data === 'object' && data !== null ? data : data === undefined ? {} : { data };
}

function queryOf(data: unknown): string {
  const members = Object.entries(bodyOf(data) as Record<string, unknown>);
  const query = new URLSearchParams();
  for (const [name, value] of members) query.set(name, typeof value === 'string' ? value : JSON.stringify(value));
  return members.length === 0 ? '' : `?${query.toString()}`;
}

/** A path stays below /webhook: no segment leads up, and nothing ends the path. */
function checkedPath(path: string): string {
  const segments = path.replace(/^\/+|\/+$/g, '').split('/');
  const bad = segments.some(
    (segment) => !SEGMENT.test(segment) || /^(\.|%2e){1,2}$/i.test(segment) || /%2f|%5c/i.test(segment),
  );
  if (bad) throw invalidField('path', 'the path of a webhook, such as "orders/new"', JSON.stringify(path.slice(0, 80)));
  return segments.join('/');
}

function refused(answer: HttpAnswer, { path, method, test }: WebhookCall): OperationError {
  const { status } = answer;
  const told = messageOf(answer);
  if (status === 404) {
    const mend = test
      ? 'A test webhook listens once, after “Execute workflow” was pressed in the editor'
      : 'Is its workflow active, and is this its method? list-webhooks tells';
    return new OperationError('unknown', `n8n has no webhook ${method} ${path}: it says ${told}. ${mend}.`);
  }
  if (status === 401 || status === 403) {
    return new OperationError(
      'failed',
      `The webhook ${path} refused the call: n8n says ${told}. It asks for a credential: give it in headers, or have the operator set N8N_WEBHOOK_HEADER.`,
    );
  }
  if (status === 429) return limited(answer);
  return new OperationError(
    'failed',
    `The webhook ${path} answered with status ${status}: n8n says ${told}. list-executions shows more.`,
  );
}

function shown({ body }: HttpAnswer): unknown {
  if (body.length === 0) return null;
  if (body.length > MAX_SHOWN_BYTES) return `${body.toString('utf8', 0, MAX_SHOWN_BYTES)}… (${body.length} bytes)`;
  const text = body.toString();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
