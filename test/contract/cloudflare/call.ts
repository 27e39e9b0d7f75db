import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';

/** One request to the API, taken apart. */
export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** What stands in the places of the route's `:names`. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** The whole body; read only where it is asked for. */
  body(): Promise<Buffer>;
}

/** What a page of a list tells about the whole. */
export interface PageInfo {
  page: number;
  per_page: number;
  count: number;
  total_count: number;
  total_pages: number;
}

/** A success: a result in the API's envelope, a text, or `done` where the answer was sent already. */
export type Reply<T = unknown> = { result: T; info?: PageInfo } | { text: string; type: string } | 'done';

/** Answers a request with what the SDK says that it is answered with. */
export type Handler<T> = (call: Call) => Promise<Reply<T>> | Reply<T>;

export interface Route {
  method: string;
  /** Below the API's address. */
  path: string;
  handle: Handler<unknown>;
}

export function route<T>(method: string, path: string, handle: Handler<T>): Route {
  return { method, path, handle };
}

/** A refusal, as the API tells it. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

export const notFound = (code: number, what: string) => new Refused(404, code, `${what} not found`);

/** The parameters of the query; one that the API does not have is refused. */
export function queryOf<S extends z.ZodRawShape>(call: Call, shape: S): z.output<z.ZodObject<S, z.core.$strict>> {
  return checked(z.strictObject(shape), call.query, 'query');
}

/** The body as JSON; one that the API does not describe is refused. */
export async function jsonOf<T>(call: Call, schema: z.ZodType<T>): Promise<T> {
  if (call.request.headers['content-type'] !== 'application/json') {
    throw new Refused(415, 10_013, 'Content-Type must be application/json');
  }
  return checked(schema, JSON.parse((await call.body()).toString()), 'body');
}

/** For a request that has neither a query nor a body. */
export async function empty(call: Call): Promise<void> {
  queryOf(call, {});
  if ((await call.body()).length > 0) throw new Refused(400, 9_207, 'The request has a body, and none is taken');
}

function checked<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  throw new Refused(400, 9_005, `The ${where} is not what the API takes: ${z.prettifyError(read.error)}`);
}

export const paging = (max: number, min = 1) => ({
  page: z.coerce.number().int().min(1).default(1),
  per_page: z.coerce.number().int().min(min).max(max).default(20),
});

/** One page of all that was found. */
export function pageOf<T>(found: readonly T[], { page, per_page }: { page: number; per_page: number }) {
  const result = found.slice((page - 1) * per_page, page * per_page);
  const total_count = found.length;
  const total_pages = Math.ceil(total_count / per_page);
  return { result, info: { page, per_page, count: result.length, total_count, total_pages } };
}
