import { readFile } from 'node:fs/promises';
import { Logger } from '@nestjs/common';
import { OperationError, isUrl } from '#libs/kit';
import { UnavailableError, type HttpClient, type TargetPolicy } from '#libs/outbound';
import {
  UpstreamError,
  type ConnectionEnd,
  type Params,
  type RequestOptions,
  type UpstreamConnection,
} from '../connection.js';
import { MAX_DOCUMENT_BYTES, type OpenApiDocument } from './openapi-document.js';
import { toolsOf, type OpenApiTool } from './openapi-operations.js';
import { requestFor } from './openapi-request.js';
import { resultOf } from './openapi-result.js';
import { readDocument } from './read-document.js';

const METHOD_NOT_FOUND = -32601;
const INVALID_PARAMS = -32602;
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const MAX_LEFT_OUT_TOLD = 20;

export interface OpenApiOptions {
  readonly name: string;
  /** Where the description is: an address, or a file of the operator's. */
  readonly document: { readonly url: string } | { readonly file: string };
  /** Of the API; undefined takes the description's first server, where that has the description's own origin. */
  readonly baseUrl: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly policyFor: (url: string) => TargetPolicy;
  readonly signal: AbortSignal;
}

/** An HTTP API that is described by OpenAPI, as if it were an MCP server: a tool for each operation. */
export class OpenApiConnection implements UpstreamConnection {
  readonly revision = '2025-11-25';
  readonly capabilities = { tools: {} };
  readonly ended: Promise<ConnectionEnd>;
  private end!: (end: ConnectionEnd) => void;
  private isClosed = false;

  private constructor(
    private readonly client: HttpClient,
    private readonly options: OpenApiOptions,
    private readonly document: OpenApiDocument,
    private readonly tools: ReadonlyMap<string, OpenApiTool>,
    private readonly baseUrl: string,
  ) {
    this.ended = new Promise((resolve) => (this.end = resolve));
  }

  /** Reads the description. Rejects with an OperationError that says why it can't be used. */
  static async open(client: HttpClient, options: OpenApiOptions): Promise<OpenApiConnection> {
    const document = await readDocument(await textOf(client, options), options.signal);
    const { tools, leftOut } = toolsOf(document);
    if (leftOut.length > 0) {
      const told = leftOut.slice(0, MAX_LEFT_OUT_TOLD).join('; ');
      new Logger(`Upstream ${options.name}`).warn(`${leftOut.length} operations are left out: ${told}`);
    }
    return new OpenApiConnection(client, options, document, tools, baseOf(document, options));
  }

  get serverInfo(): Params {
    const { title, version } = this.document.info;
    return { name: String(title), version: String(version) };
  }

  get instructions(): string | undefined {
    const { description } = this.document.info;
    return typeof description === 'string' ? description.slice(0, 4_000) : undefined;
  }

  request(method: string, params: Params, options: RequestOptions): Promise<Params> {
    if (method === 'tools/list') {
      return Promise.resolve({ tools: [...this.tools.values()].map(({ definition }) => definition) });
    }
    if (method === 'tools/call') return this.call(params, options);
    return Promise.reject(new UpstreamError(METHOD_NOT_FOUND, `An HTTP API has no ${method}`, undefined));
  }

  notify(): void {
    // there is nobody to tell
  }

  onNotification(): void {
    // and nothing that it would tell
  }

  close(): Promise<void> {
    this.isClosed = true;
    this.end({ stage: 'closed', message: 'it was closed' });
    return Promise.resolve();
  }

  private async call({ name, arguments: given = {} }: Params, { signal }: RequestOptions): Promise<Params> {
    if (this.isClosed) throw gone(this.options.name);
    const tool = this.tools.get(String(name));
    if (!tool) throw new UpstreamError(INVALID_PARAMS, `There is no operation ${String(name)}`, undefined);
    const { url, method, headers, body } = requestFor(tool, given as Params, this.baseUrl);
    const answer = await this.client.request({
      url,
      policy: this.options.policyFor(url),
      method,
      headers: { ...headers, ...this.options.headers },
      ...(body !== undefined && { body }),
      signal,
      // the call's own deadline is the limit
      timeoutMs: Infinity,
      maxBytes: MAX_ANSWER_BYTES,
    });
    return resultOf(answer);
  }
}

async function textOf(client: HttpClient, { document, headers, policyFor, signal }: OpenApiOptions): Promise<string> {
  if ('file' in document) return readFile(document.file, 'utf8').catch(unreadableFile);
  const { url } = document;
  const answer = await client.request({ url, policy: policyFor(url), headers, signal, maxBytes: MAX_DOCUMENT_BYTES });
  if (answer.status === 200) return answer.text();
  throw new OperationError('unavailable', `The OpenAPI document was answered with the status ${answer.status}`);
}

/** A description that comes from elsewhere must not say where the operator's credentials go. */
function baseOf({ servers }: OpenApiDocument, { document, baseUrl }: OpenApiOptions): string {
  if (baseUrl !== undefined) return baseUrl;
  const from = 'url' in document ? document.url : undefined;
  const told = servers[0]?.url;
  if (from !== undefined && typeof told === 'string' && isUrl(told, from)) {
    const url = new URL(told, from);
    if (url.origin === new URL(from).origin) return url.href;
  }
  throw new OperationError('failed', 'The OpenAPI document has no server of its own origin; say baseUrl in the entry');
}

function unreadableFile(cause: unknown): never {
  throw new OperationError('failed', 'The file of the OpenAPI document can’t be read', {}, { cause });
}

function gone(name: string): UnavailableError {
  return new UnavailableError('unasked', `The connection to the upstream ${name} was closed; retry soon`, {
    retryable: true,
    retryAfterMs: 1_000,
  });
}
