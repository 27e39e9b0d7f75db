import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { CatalogView } from '../../catalog/catalog.view.js';
import { Catalog } from '../../catalog/catalog.js';
import { toolJson, toolListJson } from '../../catalog/tool-definition.js';
import { GatewayVersion } from '../../config/gateway-version.js';
import { ProtocolError } from '../../errors/protocol-error.js';
import { envelope } from '../../execution/envelope.js';
import type { CallOrigin } from '../../execution/call-context.js';
import { invalidInput } from '../../execution/input-issues.js';
import { OperationExecutor } from '../../execution/operation-executor.js';
import { GatewayStatistics } from '../../execution/gateway-statistics.js';
import { resultTokensOf } from '../../execution/results/asked-tokens.js';
import { toolCallOf } from '../../execution/tool-call.js';
import { toolErrorJson, toolResultJson } from '../../execution/tool-result.js';
import { asOperationError } from '../../errors/error-table.js';
import type { RpcMethod } from './json-rpc.js';
import { openRpcDocument } from './open-rpc.js';

const executeParams = z.looseObject({ service: z.string(), operation: z.string() });
const getServiceParams = z.strictObject({ name: z.string() });
const callToolParams = z.object({
  name: z.string(),
  arguments: z.record(z.string(), z.unknown()).default({}),
  _meta: z.unknown().optional(),
});

type Params = Parameters<RpcMethod<CallOrigin>>[0];

/** What can be called over JSON-RPC. */
@Injectable()
export class RpcMethods {
  readonly table: ReadonlyMap<string, RpcMethod<CallOrigin>> = new Map<string, RpcMethod<CallOrigin>>([
    ['mcp.execute', (params, origin, onEnd) => this.execute(params, origin, onEnd)],
    ['mcp.listServices', async (_params, { caller }) => JSON.stringify(await this.view.all(caller))],
    ['mcp.getService', (params, origin) => this.getService(params, origin)],
    ['tools/list', (_params, { caller }) => this.listTools(caller)],
    ['tools/call', (params, origin, onEnd) => this.callTool(params, origin, onEnd)],
    ['mcp/stats', (_params, { caller }) => JSON.stringify(this.statistics.forCaller(caller))],
    ['ping', () => '{}'],
    ['rpc.discover', (_params, { caller }) => this.discover(caller)],
  ]);

  constructor(
    private readonly executor: OperationExecutor,
    private readonly catalog: Catalog,
    private readonly view: CatalogView,
    private readonly statistics: GatewayStatistics,
    private readonly version: GatewayVersion,
  ) {}

  private async execute(params: Params, origin: CallOrigin, onEnd?: () => void): Promise<string> {
    const { id, input } = await this.readExecute(params, origin);
    return envelope(await this.executor.execute(id, input, origin, onEnd));
  }

  private async readExecute(params: Params, origin: CallOrigin) {
    try {
      const { service, operation, ...given } = parse(executeParams, params);
      return { id: `${service}.${operation}`, input: flatten(given) };
    } catch (cause) {
      const id = `${memberText(params, 'service')}.${memberText(params, 'operation')}`;
      throw await this.executor.refuse(id, params, origin, cause);
    }
  }

  private async getService(params: Params, { caller }: CallOrigin): Promise<string> {
    return JSON.stringify(await this.view.one(parse(getServiceParams, params).name, caller));
  }

  private listTools(caller: CallOrigin['caller']): string {
    return toolListJson(this.catalog.visibleOperations(caller).map(toolJson));
  }

  private discover(caller: CallOrigin['caller']): string {
    return JSON.stringify(openRpcDocument(this.version.number, this.catalog.visibleOperations(caller)));
  }

  private async callTool(params: Params, origin: CallOrigin, onEnd?: () => void): Promise<string> {
    let read: ReturnType<RpcMethods['readToolCall']>;
    try {
      read = this.readToolCall(params, origin);
    } catch (cause) {
      const given = Array.isArray(params) ? params : params.arguments;
      throw await this.executor.refuse(memberText(params, 'name'), given, origin, cause);
    }
    const { id, input, asked } = read;
    try {
      const full = asked ? { ...origin, ...asked } : origin;
      return toolResultJson(await this.executor.execute(id, input, full, onEnd));
    } catch (cause) {
      const error = asOperationError(cause);
      if (error.kind === 'forbidden' || error.kind === 'limited') throw error;
      return toolErrorJson(error);
    }
  }

  private readToolCall(params: Params, origin: CallOrigin) {
    const { name, arguments: input, _meta } = toolCallOf(params) ?? parse(callToolParams, params);
    return { id: this.toolId(name, origin), input, asked: resultTokensOf(_meta) };
  }

  /** MCP calls an unknown tool bad params. */
  private toolId(name: string, { caller }: CallOrigin): string {
    try {
      return this.catalog.findTool(name, caller).id;
    } catch (cause) {
      const { message, details } = asOperationError(cause);
      throw new ProtocolError('unknown', message, 200, -32602, details);
    }
  }
}

function parse<T>(schema: z.ZodType<T>, params: Params): T {
  const parsed = schema.safeParse(params);
  if (!parsed.success) throw invalidInput(parsed.error, params);
  return parsed.data;
}

/** What bad params name all the same. */
function memberText(params: Params, name: string): string {
  const member = Array.isArray(params) ? undefined : params[name];
  return typeof member === 'string' ? member : '';
}

/** Arguments stand beside `service` and `operation`, or in `params` when that is an object; an array is an argument. */
function flatten({ params, ...rest }: Record<string, unknown>): Record<string, unknown> {
  if (typeof params === 'object' && params !== null && !Array.isArray(params)) return { ...rest, ...params };
  return params === undefined ? rest : { ...rest, params };
}
