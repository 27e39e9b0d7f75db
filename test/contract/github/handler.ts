import type { GithubState } from './github-state.js';

export interface Call {
  operation: string;
  params: Record<string, string>;
  query: Record<string, string>;
  body: any;
  accept: string;
  /** What is asked for, with its query. */
  url: URL;
}

export interface Reply {
  status: number;
  /** JSON; completed to what the description requires, and held to it. */
  body?: unknown;
  /** Instead of JSON. */
  raw?: string | Buffer;
  headers?: Record<string, string>;
}

export type Handler = (call: Call, github: GithubState) => Reply;
export type Handlers = Record<string, Handler>;

/** An answer that says no, in GitHub's form. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly errors?: unknown[],
    readonly headers: Record<string, string> = {},
  ) {
    super(message);
  }
}

export const notFound = () => new Refusal(404, 'Not Found');

export const invalid = (resource: string, field: string, code: string, message?: string) =>
  new Refusal(422, 'Validation Failed', [{ resource, field, code, ...(message !== undefined && { message }) }]);

/** One page of a list, with a `Link` to the next. */
export function paged(
  items: readonly unknown[],
  { query, url }: Call,
  wrap = (page: unknown[]): unknown => page,
): Reply {
  const size = Number(query.per_page ?? 30);
  const page = Number(query.page ?? 1);
  const shown = items.slice((page - 1) * size, page * size);
  const next = new URL(url);
  next.searchParams.set('page', String(page + 1));
  const headers = items.length > page * size ? { link: `<${next.href}>; rel="next"` } : undefined;
  return { status: 200, body: wrap(shown), ...(headers && { headers }) };
}
