import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Ajv2020 } from 'ajv/dist/2020.js';

export interface ContractCall {
  method: string;
  path: string;
  params: Record<string, string>;
  query: Record<string, string>;
  body: any;
  headers: IncomingHttpHeaders;
}

export interface Reply {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

/** One operation as the back end's description has it. */
export interface Route {
  method: string;
  /** With its parameters in braces. */
  path: string;
  /** JSON Schemas; a query has no other members than these. */
  query?: Record<string, object>;
  body?: object;
  /** Of answers with a status below 300. */
  answer?: object;
  handle(call: ContractCall): Reply;
}

/** What happens instead of an answer. */
export interface Failure {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  /** Takes the request and says nothing. */
  silent?: boolean;
  /** For so many requests; by default until it is taken back. */
  times?: number;
  /** Only of these requests. */
  of?: (method: string, path: string) => boolean;
}

/**
 * A back end that holds to its description: a request that does not fit is refused as the back end would, an answer that
 * does not fit is a mistake of the server's; both are noted in `violations`.
 */
export class ContractServer {
  readonly calls: ContractCall[] = [];
  readonly violations: string[] = [];
  failure: Failure | undefined;
  url = '';
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true, coerceTypes: false });
  private readonly http: Server;

  constructor(
    private readonly routes: readonly Route[],
    /** Before any route: answers where the credential is not right. */
    private readonly gate: (call: ContractCall) => Reply | undefined,
  ) {
    this.http = createServer((request, response) => {
      void (async () => {
        let text = '';
        for await (const chunk of request) text += String(chunk);
        const { pathname, searchParams } = new URL(request.url ?? '/', 'http://contract');
        const { method = 'GET', headers } = request;
        const query = Object.fromEntries(searchParams);
        const call = {
          method,
          path: pathname,
          params: {},
          query,
          body: text === '' ? undefined : JSON.parse(text),
          headers,
        };
        this.calls.push(call);
        const failure = this.failureOf(call);
        if (failure?.silent) return;
        const reply = failure ? undefined : this.reply(call);
        const sent = failure?.body ?? (reply?.body === undefined ? '' : JSON.stringify(reply.body));
        response.writeHead(failure?.status ?? reply?.status ?? 200, {
          'content-type': 'application/json',
          ...(failure?.headers ?? reply?.headers),
        });
        response.end(sent);
      })();
    });
  }

  async start(): Promise<string> {
    this.http.listen(0, '127.0.0.1');
    await once(this.http, 'listening');
    this.url = `http://127.0.0.1:${(this.http.address() as AddressInfo).port}`;
    return this.url;
  }

  async close(): Promise<void> {
    const closed = once(this.http, 'close');
    this.http.close();
    this.http.closeAllConnections();
    await closed;
  }

  private failureOf({ method, path }: ContractCall): Failure | undefined {
    const { failure } = this;
    if (!failure || failure.of?.(method, path) === false) return undefined;
    if (failure.times !== undefined && --failure.times <= 0) this.failure = undefined;
    return failure;
  }

  private reply(call: ContractCall): Reply {
    const refusal = this.gate(call);
    if (refusal) return refusal;
    const here = this.routes.flatMap((route) => {
      const params = match(route.path, call.path);
      return params ? [{ route, params }] : [];
    });
    const found = here.find(({ route }) => route.method === call.method);
    if (!found)
      return {
        status: here.length > 0 ? 405 : 404,
        body: { message: here.length > 0 ? `${call.method} method not allowed` : 'not found' },
      };
    const { route, params } = found;
    const problem = this.problemOf(route, call);
    if (problem !== undefined) {
      this.violations.push(`${call.method} ${call.path}: ${problem}`);
      return { status: 400, body: { message: problem } };
    }
    const reply = route.handle({ ...call, params });
    if (reply.status < 300 && route.answer) {
      const wrong = this.check(route.answer, reply.body, 'response');
      if (wrong !== undefined) this.violations.push(`${call.method} ${call.path}: ${wrong}`);
    }
    return reply;
  }

  private problemOf({ query = {}, body }: Route, call: ContractCall): string | undefined {
    for (const [name, text] of Object.entries(call.query)) {
      if (!query[name]) return `Unknown query parameter '${name}'`;
      const typed = (query[name] as { type?: string }).type === 'string' ? text : JSON.parse(text);
      const problem = this.check(query[name], typed, `request/query/${name}`);
      if (problem !== undefined) return problem;
    }
    if (!body) return call.body === undefined ? undefined : 'request has a body';
    if (call.headers['content-type'] !== 'application/json') return 'unsupported media type';
    return this.check(body, call.body, 'request/body');
  }

  private check(schema: object, value: unknown, what: string): string | undefined {
    const validate = this.ajv.compile(schema);
    return validate(value) ? undefined : this.ajv.errorsText(validate.errors, { dataVar: what });
  }
}

function match(template: string, path: string): Record<string, string> | undefined {
  const wanted = template.split('/');
  const given = path.split('/');
  const rest = wanted.at(-1) === '{path*}';
  if (rest ? given.length < wanted.length : given.length !== wanted.length) return undefined;
  const params: Record<string, string> = {};
  for (const [at, part] of wanted.entries()) {
    const name = /^\{(\w+)\*?\}$/.exec(part)?.[1];
    const text = part === '{path*}' ? given.slice(at).join('/') : given[at]!;
    if (name === undefined && part !== text) return undefined;
    if (name !== undefined) params[name] = decodeURIComponent(text);
  }
  return params;
}
