import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OpenAPIBackend, type Request } from 'openapi-backend';
import { faultOfJwt } from './app-token.js';
import { complete, type Schema } from './complete.js';
import { GithubState } from './github-state.js';
import { answerQuery } from './graphql.js';
import { Refusal, type Call, type Handlers, type Reply } from './handler.js';
import { actionHandlers } from './handlers/actions.js';
import { codeHandlers } from './handlers/code.js';
import { issueHandlers } from './handlers/issues.js';
import { pullHandlers } from './handlers/pulls.js';
import { repositoryHandlers } from './handlers/repositories.js';

const description = JSON.parse(readFileSync(new URL('description.json', import.meta.url), 'utf8'));
const HOUR_S = 3_600;

export const app = {
  id: '123456',
  installation: 7_654_321,
  privateKey: generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  }).privateKey,
};
export const PAT = 'ghp_0123456789abcdefghijklmnopqrstuvwxyz';

/** In an address, a number is a text too: "one of both" then fits both. */
const isEither = ({ keyword, instancePath }: { keyword: string; instancePath: string }) =>
  keyword === 'oneOf' && instancePath.startsWith('/path/');

/** What is answered in place of the real thing, once. */
export interface Fault {
  status?: number;
  body?: string | Buffer;
  headers?: Record<string, string>;
  /** Never answers. */
  hangs?: boolean;
  /** Only for requests whose method and path this fits. */
  on?: RegExp;
}

export interface SeenRequest {
  method: string;
  path: string;
  status: number;
  headers: IncomingMessage['headers'];
  body: any;
}

/** A GitHub in process: keeps what is created, and holds requests and its own answers to GitHub's description. */
export class GithubServer extends GithubState {
  readonly requests: SeenRequest[] = [];
  /** Where a request, or an answer of this server, was not as described. Empty at the end of every test. */
  readonly violations: string[] = [];
  readonly faults: Fault[] = [];
  /** What the App lacks, by operation: `actions=write`. */
  readonly lacking = new Map<string, string>();
  readonly tokens = new Set<string>();
  remaining = 5_000;
  url = '';

  private constructor(
    private readonly backend: OpenAPIBackend,
    private readonly server: Server,
    private readonly basePath: string,
  ) {
    super();
  }

  /** `basePath` is `/api/v3` for GitHub Enterprise Server. */
  static async start(basePath = ''): Promise<GithubServer> {
    const definition = structuredClone(description);
    const ajvOpts = { strict: false, validateFormats: false };
    const backend = new OpenAPIBackend({ definition, quick: true, coerceTypes: true, ajvOpts });
    await backend.init();
    const server = createServer((request, response) => void github.serve(request, response));
    const github = new GithubServer(backend, server, basePath);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    github.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${basePath}`;
    return github;
  }

  /** Forgets all but the tokens that it gave, and what was wrong. */
  reset(): void {
    this.repositories.clear();
    this.organizations.clear();
    this.lacking.clear();
    this.requests.length = 0;
    this.faults.length = 0;
    this.remaining = 5_000;
    this.logStore = '';
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const url = new URL(request.url ?? '/', this.url);
    const { method = 'GET', headers } = request;
    const seen = {
      method,
      path: url.pathname + url.search,
      status: 0,
      headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
    this.requests.push(seen);
    const fault = this.faultFor(`${method} ${url.pathname}`);
    if (fault?.hangs) return;
    const reply = fault ? { status: fault.status ?? 200, ...fault } : await this.reply(url, seen);
    seen.status = reply.status;
    this.write(response, reply, headers['if-none-match']);
  }

  private faultFor(request: string): Fault | undefined {
    const index = this.faults.findIndex(({ on }) => on?.test(request) ?? true);
    return index < 0 ? undefined : this.faults.splice(index, 1)[0];
  }

  private async reply(url: URL, seen: SeenRequest): Promise<Reply> {
    try {
      const log = /^\/_logs\/(\d+)$/.exec(url.pathname)?.[1];
      if (log !== undefined) return this.log(Number(log));
      if (seen.method === 'POST' && url.pathname === this.graphqlPath) {
        this.authorize(seen, false);
        const { reply, problems } = answerQuery(seen.body, this);
        this.violations.push(...problems);
        return this.counted(reply, 'graphql');
      }
      return this.counted(this.described(url, seen), 'core');
    } catch (error) {
      if (!(error instanceof Refusal)) {
        this.violations.push(`${seen.method} ${seen.path}: ${(error as Error).stack}`);
        return { status: 599 };
      }
      const { status, message, errors, headers } = error;
      const body = {
        message,
        documentation_url: 'https://docs.github.com/rest',
        status: String(status),
        ...(errors && { errors }),
      };
      return this.counted({ status, body, headers }, 'core');
    }
  }

  private get graphqlPath(): string {
    return this.basePath === '' ? '/graphql' : '/api/graphql';
  }

  /** Where logs are kept: an address that its signature alone opens. */
  private log(id: number): Reply {
    const jobs = [...this.repositories.values()].flatMap(({ runs }) => runs.flatMap((run) => run.jobs));
    const { log = '' } = jobs.find((job) => job.id === id) ?? {};
    return { status: 200, raw: log, headers: { 'content-type': 'text/plain; charset=utf-8' } };
  }

  private described(url: URL, seen: SeenRequest): Reply {
    const { method, headers, body } = seen;
    // the description knows no path for the root of a repository
    const pathname = url.pathname.slice(this.basePath.length).replace(/\/contents\/?$/, '/contents/%2F');
    const request: Request = {
      method: method.toLowerCase(),
      path: pathname,
      query: Object.fromEntries(url.searchParams),
      headers: headers as Request['headers'],
      body,
    };
    const operation = this.backend.matchOperation(request);
    if (!operation?.operationId) throw new Error('the description has no such operation');
    const { operationId } = operation;
    this.authorize(
      seen,
      operationId.startsWith('apps/') && operationId !== 'apps/list-repos-accessible-to-installation',
    );
    if (operationId !== 'rate-limit/get') this.obeyLimit();
    const missing = this.lacking.get(operationId);
    if (missing !== undefined) {
      throw new Refusal(403, 'Resource not accessible by integration', undefined, {
        'x-accepted-github-permissions': missing,
      });
    }
    const accept = headers.accept ?? '';
    if (!/json|\*\/\*|vnd\.github\.(diff|raw)/.test(accept)) throw new Refusal(415, "Must accept 'application/json'");
    const { errors } = this.backend.validateRequest(request, operation);
    if (errors && !errors.every(isEither)) this.violations.push(`${method} ${seen.path}: ${JSON.stringify(errors)}`);
    const { params } = this.backend.router.parseRequest(request, operation);
    const query = Object.fromEntries(url.searchParams);
    const call: Call = { operation: operationId, params: params as Call['params'], query, body, accept, url };
    const handler = this.handlers[operationId];
    if (!handler) throw new Error(`nobody answers ${operationId}`);
    return this.conforming(operationId, handler(call, this));
  }

  private conforming(operationId: string, reply: Reply): Reply {
    const operation = this.backend.router.getOperation(operationId)!;
    const responses = operation.responses as Record<string, { content?: Record<string, { schema: Schema }> }>;
    const response = responses[reply.status];
    if (!response) throw new Error(`${operationId} has no answer ${reply.status}`);
    const schema = response.content?.['application/json']?.schema;
    if (reply.body === undefined || !schema) return reply;
    const body = complete(schema, reply.body);
    const { errors } = this.backend.validateResponse(body, operation, reply.status);
    if (errors) this.violations.push(`answer of ${operationId}: ${JSON.stringify(errors.slice(0, 5))}`);
    return { ...reply, body };
  }

  private authorize({ headers }: SeenRequest, asApp: boolean): void {
    const token = /^(?:bearer|token) (.+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
    if (asApp) {
      const fault = faultOfJwt(token, app.id, app.privateKey);
      if (fault !== undefined) throw new Refusal(401, fault);
    } else if (token !== PAT && !this.tokens.has(token)) {
      throw new Refusal(401, 'Bad credentials');
    }
  }

  private obeyLimit(): void {
    if (this.remaining > 0) return void (this.remaining -= 1);
    throw new Refusal(403, 'API rate limit exceeded for installation ID 7654321.');
  }

  private counted(reply: Reply, resource: string): Reply {
    const reset = Math.floor(Date.now() / 1_000) + HOUR_S;
    const limits = {
      'x-ratelimit-limit': '5000',
      'x-ratelimit-remaining': String(this.remaining),
      'x-ratelimit-reset': String(reset),
      'x-ratelimit-resource': resource,
    };
    return { ...reply, headers: { ...limits, ...reply.headers } };
  }

  private write(
    response: ServerResponse,
    { status, body, raw, headers }: Reply,
    ifNoneMatch: string | undefined,
  ): void {
    const isText = typeof body === 'string' || Buffer.isBuffer(body);
    const bytes = raw ?? (body === undefined ? '' : isText ? body : JSON.stringify(body));
    const etag = `W/"${createHash('sha256').update(bytes).digest('hex')}"`;
    const type = bytes === '' ? {} : { 'content-type': 'application/json; charset=utf-8' };
    const all = { ...type, ...(status === 200 && { etag }), 'x-github-request-id': 'TEST', ...headers };
    if (status === 200 && ifNoneMatch === etag) {
      this.requests.at(-1)!.status = 304;
      response.writeHead(304, all).end();
    } else {
      response.writeHead(status, all).end(status === 204 ? undefined : bytes);
    }
  }

  private readonly handlers: Handlers = {
    ...repositoryHandlers,
    ...pullHandlers,
    ...issueHandlers,
    ...codeHandlers,
    ...actionHandlers,

    'apps/create-installation-access-token': ({ params }) => {
      if (Number(params.installation_id) !== app.installation) throw new Refusal(404, 'Not Found');
      // longer than the 40 characters that it once had
      const token = `ghs_${randomBytes(120).toString('base64url')}`;
      this.tokens.add(token);
      const expires = new Date(Date.now() + HOUR_S * 1_000).toISOString();
      const permissions = { contents: 'write', issues: 'write', pull_requests: 'write', actions: 'write' };
      return { status: 201, body: { token, expires_at: expires, permissions, repository_selection: 'all' } };
    },

    'apps/get-authenticated': () => ({
      status: 200,
      body: {
        id: Number(app.id),
        slug: 'gateway',
        name: 'Gateway',
        permissions: { contents: 'write', issues: 'write', metadata: 'read' },
        html_url: 'https://github.example/apps/gateway',
      },
    }),

    'users/get-authenticated': () => ({
      status: 200,
      body: { login: 'ada', id: 3, type: 'User', html_url: 'https://github.example/ada' },
      headers: { 'x-oauth-scopes': 'repo, read:org' },
    }),

    'rate-limit/get': () => {
      const core = { limit: 5_000, remaining: this.remaining, used: 0, reset: 1_800_000_000 };
      const search = { limit: 30, remaining: 30, used: 0, reset: 1_800_000_000 };
      return { status: 200, body: { resources: { core, search }, rate: core } };
    },
  };
}
