import { Injectable } from '@nestjs/common';
import { OperationError, type Caller } from '#libs/kit';
import { Catalog } from '../../catalog/catalog.js';
import type { CatalogOperation } from '../../catalog/catalog-entry.js';
import { toolJson, toolListJson } from '../../catalog/tool-definition.js';
import { Toolsets } from '../../catalog/toolsets.js';
import { asOperationError } from '../../errors/error-table.js';
import { ProtocolError } from '../../errors/protocol-error.js';
import type { CallOrigin } from '../../execution/call-context.js';
import { toolCallOf } from '../../execution/tool-call.js';
import { ticketIn } from '../../execution/approvals/ticket.js';
import { OperationExecutor } from '../../execution/operation-executor.js';
import { resultTokensOf } from '../../execution/results/asked-tokens.js';
import { toolErrorJson, toolResultJson } from '../../execution/tool-result.js';
import { isTraceparent } from '../../observability/traces/trace-id.js';
import { UpstreamError } from '../../upstreams/connection.js';
import { checkArgumentHeaders } from './argument-headers.js';
import type { Exchange, Method } from './exchange.js';
import { FollowedCall } from './followed-call.js';
import { iconsOf } from './icons.js';
import { unknownResource, unknownTool } from './mcp-refusal.js';
import { metaOf, type Params } from './messages.js';
import { Prompts } from './prompts.js';
import { Resources } from './resources.js';
import { callParams, completeParams, onePage, read, requireFirstPage, uriParams } from './params.js';
import { searchableOf, type Scope } from './scope.js';
import { toolsetAt } from './toolset-address.js';
import { UpstreamMethods } from './upstream-methods.js';
import { UpstreamOffers } from './upstream-offers.js';

/** The methods that both eras share. */
@Injectable()
export class McpMethods {
  private readonly table: ReadonlyMap<string, Method> = new Map<string, Method>([
    ['tools/list', (params, exchange) => this.listTools(params, exchange)],
    ['tools/call', (params, exchange) => this.callTool(params, exchange)],
    ['resources/list', (params, exchange) => onePage(params, { resources: this.listResources(exchange) })],
    [
      'resources/templates/list',
      (params, { origin }) => onePage(params, { resourceTemplates: this.listTemplates(origin.caller) }),
    ],
    ['resources/read', (params, exchange) => this.readResource(params, exchange)],
    ['prompts/list', (params, exchange) => onePage(params, { prompts: this.listPrompts(exchange) })],
    ['prompts/get', (params, exchange) => this.getPrompt(params, exchange)],
    ['completion/complete', (params, { origin }) => this.complete(params, origin)],
  ]);

  constructor(
    private readonly catalog: Catalog,
    private readonly executor: OperationExecutor,
    private readonly prompts: Prompts,
    private readonly resources: Resources,
    private readonly offers: UpstreamOffers,
    private readonly upstream: UpstreamMethods,
    private readonly toolsets: Toolsets,
  ) {}

  /** The method of that name at the client's address; undefined where there is none. Throws 404 where there is no toolset. */
  find(method: string, scope: Scope): Method | undefined {
    // a call finds that out by itself, since its refusal is recorded
    if (scope.kind === 'toolset' && method !== 'tools/call') toolsetAt(this.toolsets, scope.name);
    return (scope.kind === 'server' ? this.upstream.table.get(method) : undefined) ?? this.table.get(method);
  }

  private listTools(params: Params, { origin, scope, icons }: Exchange): string {
    requireFirstPage(params);
    const shown = this.shownOf(this.catalog.visibleOperations(origin.caller), scope);
    if (!icons) return toolListJson(shown.map(toolJson));
    const byService = new Map(this.catalog.services.map(({ name, icon }) => [name, JSON.stringify(iconsOf(icon))]));
    return toolListJson(shown.map((each) => withMembers(toolJson(each), byService.get(each.service))));
  }

  private shownOf(operations: readonly CatalogOperation[], scope: Scope): readonly CatalogOperation[] {
    if (scope.kind === 'search') return searchableOf(operations);
    if (scope.kind !== 'toolset') return operations;
    const toolset = toolsetAt(this.toolsets, scope.name);
    return operations.filter((operation) => this.toolsets.includes(toolset, operation));
  }

  private listResources({ origin: { caller }, icons }: Exchange) {
    return [...this.resources.list(caller, icons), ...this.offers.resources(caller)];
  }

  private listTemplates(caller: Caller) {
    return [...this.resources.templates(), ...this.offers.templates(caller)];
  }

  private listPrompts({ origin: { caller }, icons }: Exchange) {
    return [...this.prompts.list(caller, icons), ...this.offers.prompts(caller)];
  }

  async callTool(params: Params, exchange: Exchange): Promise<string> {
    let asked: ReturnType<McpMethods['readToolCall']>;
    try {
      asked = this.readToolCall(params, exchange);
    } catch (cause) {
      const name = typeof params.name === 'string' ? params.name : '';
      throw await this.executor.refuse(name, params.arguments, exchange.origin, cause);
    }
    const { id, input } = asked;
    try {
      return toolResultJson(await this.executor.execute(id, input, followed(params, exchange), exchange.onEnd));
    } catch (cause) {
      const error = asOperationError(cause);
      if (error.kind === 'forbidden' || error.kind === 'limited') throw error;
      // at its own address an upstream's errors are its own too
      if (exchange.scope.kind === 'server' && error.cause instanceof UpstreamError) throw error;
      if (exchange.waitsInRounds && ticketIn(error) !== undefined) throw error;
      // that the client can't be asked has a code of its own in 2026-07-28
      if (exchange.era === 'modern' && error instanceof ProtocolError) throw error;
      return toolErrorJson(error);
    }
  }

  private async readResource(params: Params, { origin }: Exchange): Promise<string> {
    const { uri } = read(uriParams, params);
    const contents =
      (await this.offers.read(uri, origin)) ??
      (await this.resources.read(uri, { ...origin, ...resultTokensOf(params._meta) }));
    if (!contents) throw unknownResource(uri);
    return JSON.stringify({ contents });
  }

  private async getPrompt(params: Params, { origin }: Exchange): Promise<string> {
    const { name, arguments: given } = read(callParams, params);
    const upstreams = await this.offers.prompt(name, given, origin);
    return JSON.stringify(upstreams ?? (await this.prompts.get(name, given, origin.caller)));
  }

  private async complete(params: Params, origin: CallOrigin): Promise<string> {
    const asked = read(completeParams, params);
    const upstreams = await this.offers.complete(asked, origin);
    if (upstreams !== undefined) return JSON.stringify({ completion: upstreams });
    const { ref, argument } = asked;
    const { name, value } = argument;
    const values =
      ref.type === 'ref/prompt'
        ? this.prompts.complete(ref.name, name, value, origin.caller)
        : this.resources.complete(ref.uri, name, value, origin.caller);
    const hasMore = values.length > MAX_COMPLETIONS;
    return JSON.stringify({ completion: { values: values.slice(0, MAX_COMPLETIONS), total: values.length, hasMore } });
  }

  private readToolCall(params: Params, { origin, scope, headers }: Exchange) {
    const { name, arguments: input } = toolCallOf(params) ?? read(callParams, params);
    const { id, inputSchema } = this.toolAt(name, origin.caller, scope);
    if (headers) checkArgumentHeaders(headers, inputSchema, input);
    return { id, input };
  }

  private toolAt(name: string, caller: Caller, scope: Scope): CatalogOperation {
    try {
      // an upstream is asked by its own names, exactly
      if (scope.kind === 'server') return this.catalog.findExact(scope.name, name, caller);
      const operation = this.catalog.findTool(name, caller);
      if (scope.kind === 'toolset' && !this.toolsets.includes(toolsetAt(this.toolsets, scope.name), operation)) {
        throw new OperationError('unknown', `The toolset ${scope.name} has no tool ${JSON.stringify(name)}`);
      }
      return operation;
    } catch (cause) {
      const { message, details } = asOperationError(cause);
      throw unknownTool(message, details);
    }
  }
}

const MAX_COMPLETIONS = 100;

/** An object's JSON with the members of another, of which none is in both. */
function withMembers(json: string, more = '{}'): string {
  return more === '{}' ? json : `${json.slice(0, -1)},${more.slice(1)}`;
}

/** The call as its client follows it; in a session that set no level it hears every line of an upstream. */
function followed(params: Params, { origin, scope, era, logLevel, client }: Exchange): CallOrigin {
  const meta = metaOf(params);
  const upstreamLevel = logLevel ?? (era === 'session' ? 'debug' : undefined);
  const follower = client && new FollowedCall(client, meta, logLevel, upstreamLevel);
  const call: Writable<CallOrigin> = { ...origin, client: follower };
  // said of this message, not of the request that brings it
  if (isTraceparent(meta.traceparent)) call.traceparent = meta.traceparent;
  const asked = resultTokensOf(meta);
  if (asked) call.resultTokens = asked.resultTokens;
  if (scope.kind === 'server') call.ungoverned = true;
  return call;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
