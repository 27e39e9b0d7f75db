import { z } from 'zod';
import { OperationError } from '#libs/kit';
import type { CloudflareApi } from '../cloudflare-api.js';
import { malformed, refusalOf } from '../cloudflare-errors.js';
import type { TokenPermission } from '../token-permissions.js';

export interface GraphqlRequest {
  query: string;
  variables?: Record<string, unknown> | undefined;
}

const answer = z.object({
  data: z.unknown(),
  errors: z
    .array(
      z.object({
        message: z.string(),
        extensions: z.object({ code: z.union([z.string(), z.number()]).nullish() }).nullish(),
      }),
    )
    .nullish(),
});

/** For how long the budget of GraphQL is counted. */
const BUDGET_MS = 5 * 60_000;

/** Runs a query. What is wrong with it comes with the status of a success. */
export async function runGraphql(
  api: CloudflareApi,
  { query, variables = {} }: GraphqlRequest,
  permission: TokenPermission,
  signal: AbortSignal,
): Promise<unknown> {
  const request = { method: 'POST', path: '/graphql', json: { query, variables }, permission, signal };
  const sent = await api.send({ ...request, idempotent: true });
  const read = answer.safeParse(jsonOf(sent.text()));
  const errors = (read.data?.errors ?? []).map((error) => ({ ...error, message: api.withoutToken(error.message) }));
  if (sent.status >= 400 && errors.length === 0) api.check(sent, permission);
  if (!read.success) throw malformed('something that is no answer to a query', read.error);
  if (errors.length > 0) throw graphqlError(errors, permission);
  return read.data.data;
}

function graphqlError(
  errors: NonNullable<z.output<typeof answer>['errors']>,
  permission: TokenPermission,
): OperationError {
  const codes = errors.map(({ extensions }) => String(extensions?.code ?? ''));
  const said = errors.map(({ message }) => message).join('; ');
  if (codes.includes('authz') || codes.includes('authn')) {
    const status = codes.includes('authn') ? 401 : 403;
    return refusalOf(
      { status, headers: {}, errors: errors.map(({ message }) => ({ code: status, message })) },
      permission,
    );
  }
  if (codes.includes('budget') || /rate limiter budget/i.test(said)) {
    return new OperationError('limited', `Cloudflare answers no more queries of the gateway for now: ${said}`, {
      retryable: true,
      retryAfterMs: BUDGET_MS,
    });
  }
  return new OperationError('failed', `Cloudflare could not answer the query: ${said}`, {
    errors: errors.map(({ message }) => ({ message })),
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
