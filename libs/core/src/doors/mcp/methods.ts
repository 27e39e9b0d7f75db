import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { Caller } from '#libs/kit';
import { Catalog } from '../../catalog/catalog.js';
import { toolDefinition } from '../../catalog/tool-definition.js';
import { asOperationError } from '../../errors/error-table.js';
import { ProtocolError } from '../../errors/protocol-error.js';
import type { CallOrigin } from '../../execution/call-context.js';
import { OperationExecutor } from '../../execution/operation-executor.js';
import { toolErrorResult, toolResultJson } from '../../execution/tool-result.js';
import type { Exchange } from './exchange.js';
import { isTold, type LogLevel } from './log-level.js';
import { badParams, unknownTool } from './mcp-refusal.js';
import { metaOf, type Params } from './messages.js';
import { Prompts } from './prompts.js';
import { Resources } from './resources.js';
import { shownOf } from './shown-tools.js';

/** Answers the result as JSON. */
type Method = (params: Params, exchange: Exchange) => string | Promise<string>;

const callParams = z.object({ name: z.string(), arguments: z.record(z.string(), z.unknown()).default({}) });
const uriParams = z.object({ uri: z.string().max(2_000) });
const completeParams = z.object({
  ref: z.discriminatedUnion('type', [
    z.object({ type: z.literal('ref/prompt'), name: z.string() }),
    z.object({ type: z.literal('ref/resource'), uri: z.string() }),
  ]),
  argument: z.object({ name: z.string(), value: z.string() }),
});
const pageParams = z.object({ cursor: z.string().optional() });

/** The methods that both eras share. */
@Injectable()
export class McpMethods {
  readonly table: ReadonlyMap<string, Method> = new Map<string, Method>([
    ['tools/list', (params, exchange) => this.listTools(params, exchange)],
    ['tools/call', (params, exchange) => this.callTool(params, exchange)],
    ['resources/list', (params, { origin }) => onePage(params, { resources: this.resources.list(origin.caller) })],
    ['resources/templates/list', (params) => onePage(params, { resourceTemplates: this.resources.templates() })],
    ['resources/read', (params, exchange) => this.readResource(params, exchange)],
    ['prompts/list', (params, { origin }) => onePage(params, { prompts: this.prompts.list(origin.caller) })],
    ['prompts/get', (params, exchange) => this.getPrompt(params, exchange)],
    [
      'completion/complete',
      (params, { origin }) => JSON.stringify({ completion: this.complete(params, origin.caller) }),
    ],
  ]);

  constructor(
    private readonly catalog: Catalog,
    private readonly executor: OperationExecutor,
    private readonly prompts: Prompts,
    private readonly resources: Resources,
  ) {}

  private listTools(params: Params, { origin, shownTools }: Exchange): string {
    const operations = shownOf(this.catalog.visibleOperations(origin.caller), shownTools);
    return onePage(params, { tools: operations.map(toolDefinition) });
  }

  async callTool(params: Params, exchange: Exchange): Promise<string> {
    const { id, input } = await this.readToolCall(params, exchange.origin);
    try {
      return toolResultJson(await this.executor.execute(id, input, followed(params, exchange)));
    } catch (cause) {
      const error = asOperationError(cause);
      if (error.kind === 'forbidden' || error.kind === 'limited') throw error;
      // that the client can't be asked has a code of its own in 2026-07-28
      if (exchange.era === 'modern' && error instanceof ProtocolError) throw error;
      return JSON.stringify(toolErrorResult(error));
    }
  }

  private async readResource(params: Params, { origin }: Exchange): Promise<string> {
    const { uri } = read(uriParams, params);
    const contents = await this.resources.read(uri, origin.caller);
    if (!contents) throw badParams(`There is no resource ${JSON.stringify(uri.slice(0, 200))}`, { uri });
    return JSON.stringify({ contents });
  }

  private async getPrompt(params: Params, { origin }: Exchange): Promise<string> {
    const { name, arguments: given } = read(callParams, params);
    return JSON.stringify(await this.prompts.get(name, given, origin.caller));
  }

  private complete(params: Params, caller: Caller) {
    const { ref, argument } = read(completeParams, params);
    const { name, value } = argument;
    const values =
      ref.type === 'ref/prompt'
        ? this.prompts.complete(ref.name, name, value, caller)
        : this.resources.complete(ref.uri, name, value, caller);
    return { values: values.slice(0, MAX_COMPLETIONS), total: values.length, hasMore: values.length > MAX_COMPLETIONS };
  }

  private async readToolCall(params: Params, origin: CallOrigin) {
    try {
      const { name, arguments: input } = read(callParams, params);
      return { id: this.toolId(name, origin.caller), input };
    } catch (cause) {
      const name = typeof params.name === 'string' ? params.name : '';
      throw await this.executor.refuse(name, params.arguments, origin, cause);
    }
  }

  private toolId(name: string, caller: Caller): string {
    try {
      return this.catalog.findTool(name, caller).id;
    } catch (cause) {
      const { message, details } = asOperationError(cause);
      throw unknownTool(message, details);
    }
  }
}

const MAX_COMPLETIONS = 100;

/** All our lists are one page. */
function onePage(params: Params, list: object): string {
  const { cursor } = read(pageParams, params);
  if (cursor !== undefined) throw badParams('cursor: expected the nextCursor of a page before, and there are none');
  return JSON.stringify(list);
}

function read<T>(schema: z.ZodType<T>, params: Params): T {
  const parsed = schema.safeParse(params);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'params'}: ${message}`);
  throw badParams(issues.join('; '));
}

/** The call as its client follows it: with progress where it gave a token, with log lines where it wants them. */
function followed(params: Params, { origin, logLevel, notify }: Exchange): CallOrigin {
  const { progressToken } = metaOf(params);
  const wantsProgress = typeof progressToken === 'string' || typeof progressToken === 'number';
  return {
    ...origin,
    ...(wantsProgress && {
      onProgress: (progress: number, total?: number, message?: string) => {
        notify('notifications/progress', { progressToken, progress, total, message });
      },
    }),
    ...(logLevel !== undefined && {
      onLog: (level: LogLevel, data: string) => {
        if (isTold(level, logLevel)) notify('notifications/message', { level, logger: 'mcp-gateway', data });
      },
    }),
  };
}
