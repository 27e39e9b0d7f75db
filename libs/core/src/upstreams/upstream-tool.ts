import { z } from 'zod';
import { currentTraceparent, OperationError, withinSpan } from '#libs/kit';
import type { CatalogOperation, JsonSchema } from '../catalog/catalog-entry.js';
import { upstreamToolName } from '../catalog/names.js';
import { ProtocolError } from '../errors/protocol-error.js';
import type { AskClient, CallClient } from '../execution/call-client.js';
import type { CallContext } from '../execution/call-context.js';
import { askableOf } from './asked-client.js';
import { UpstreamError, type ClientSide, type Params } from './connection.js';
import { wasNotTaken } from './not-taken.js';
import { withoutNullMembers } from './null-members.js';
import { linksIn } from './upstream-addresses.js';
import type { Definition, Upstream, UpstreamCall } from './upstream.js';

const anObject = z.record(z.string(), z.unknown());
/** The upstream knows its own schema best; here it only has to be an object, which zod would make another one of. */
const anything: CatalogOperation['input'] = {
  safeParse: (given) => (isObject(given) ? { success: true, data: given } : anObject.safeParse(given)),
};
const INVALID_PARAMS = -32602;
const MISSING_CAPABILITY = -32021;

/** Holds what an upstream says to the rules for what leaves the gateway. */
export type Guard = (said: Params) => Params;

/** What such tools answer where the gateway describes it: MCP's own result. */
const resultSchema: JsonSchema = {
  type: 'object',
  properties: {
    content: { type: 'array', items: { type: 'object' }, description: 'Texts, images, resources, as MCP has them' },
    structuredContent: { type: 'object' },
    isError: { type: 'boolean' },
  },
};

/** An upstream's tool as an operation: it goes the way of every call. */
export function operationOf(upstream: Upstream, definition: Definition, guard: Guard): CatalogOperation {
  const { name, title, description, inputSchema, annotations } = definition;
  const hints = annotationsOf(annotations);
  return {
    id: `${upstream.name}.${name}`,
    service: upstream.name,
    name,
    aliases: [],
    tool: upstreamToolName(upstream.name, name),
    title: typeof title === 'string' ? title : undefined,
    description: typeof description === 'string' ? description : '',
    permission: hints.readOnly === true ? 'read' : 'write',
    annotations: hints,
    patterns: patternsOf(name),
    inputSchema: isObject(inputSchema) ? inputSchema : { type: 'object' },
    outputSchema: resultSchema,
    input: anything,
    resolveArguments: undefined,
    argumentPermission: undefined,
    // an upstream has a breaker of its own
    touches: undefined,
    backEnd: undefined,
    verbatim: false,
    deadlineMs: upstream.timeoutMs,
    forward: undefined,
    run: callOf(upstream, name, guard),
    definition,
  };
}

/** How a tool is called; what is the same for all its calls is made once. */
function callOf(upstream: Upstream, name: string, guard: Guard) {
  const span = `tools/call ${upstream.name}`;
  const attributes = {
    'mcp.method.name': 'tools/call',
    'gen_ai.tool.name': name,
    'mcp_gateway.upstream': upstream.name,
  };
  return (input: Params, context: CallContext): Promise<Params> => {
    const shared = {
      signal: context.cancellation,
      client: clientOf(context, guard),
      callerId: context.caller.id,
      onSend: () => context.begin(),
    };
    const owner = ownerOf(context);
    const call: UpstreamCall = owner ? { ...shared, ...owner } : shared;
    const asking = withinSpan(span, attributes, () =>
      upstream.request('tools/call', paramsOf(name, input, context), call),
    );
    return asking.then(
      (result) => {
        const answer = withoutEnvelope(upstream.name, result);
        return context.isUngoverned ? answer : linksIn(upstream, answer);
      },
      (error: unknown) => {
        if (wasNotTaken(error)) context.unbegin();
        throw error instanceof UpstreamError ? refusedBy(upstream.name, error) : error;
      },
    );
  };
}

/** The upstream is told of the trace that the call belongs to, as of this hop. */
function paramsOf(name: string, input: Params, { client, traceparent: given }: CallContext): Params {
  const traceparent = currentTraceparent() ?? given;
  const meta = traceparent === undefined ? client?.meta : { ...client?.meta, traceparent };
  return meta ? { name, arguments: input, _meta: meta } : { name, arguments: input };
}

/**
 * A result without what 2026-07-28 adds to each; the door adds its own where its client speaks that. Throws `failed` where
 * an upstream answered with something else than an object, or with content that is none.
 */
export function withoutEnvelope(upstream: string, given: unknown): Params {
  const result = withoutNulls(given);
  if (!isObject(result) || !isContent(result.content) || !isFlag(result.isError)) {
    throw new OperationError('failed', `The upstream ${upstream} answered with something that is no result of MCP`);
  }
  if (!('resultType' in result || 'ttlMs' in result || 'cacheScope' in result)) return result;
  const { resultType: _, ttlMs: __, cacheScope: ___, ...rest } = result;
  return rest;
}

/** A result is copied only where it has such members. */
function withoutNulls(result: unknown): unknown {
  if (!isObject(result)) return result;
  const { isError, content, structuredContent, _meta } = result;
  if (isError !== null && content !== null && structuredContent !== null && _meta !== null) return result;
  return withoutNullMembers(result);
}

function isFlag(value: unknown): boolean {
  return value === undefined || typeof value === 'boolean';
}

function isContent(content: unknown): boolean {
  if (content === undefined) return true;
  if (!Array.isArray(content)) return false;
  for (const item of content) if (!isObject(item) || typeof item.type !== 'string') return false;
  return true;
}

/**
 * An error that an upstream answered, in the gateway's own words; the cause has its code. What the client is to declare
 * (2026-07-28) concerns the client as if the gateway had said it.
 */
export function refusedBy(upstream: string, error: UpstreamError): OperationError {
  if (error.code === MISSING_CAPABILITY) {
    const { requiredCapabilities } = isObject(error.data) ? error.data : {};
    return new ProtocolError('invalid', error.message.slice(0, 2_000), 400, error.code, {
      ...(isObject(requiredCapabilities) && { requiredCapabilities }),
    });
  }
  const kind = error.code === INVALID_PARAMS ? 'invalid' : 'failed';
  const message = error.message.slice(0, 2_000) || `The upstream ${upstream} answered error ${error.code}`;
  return new OperationError(kind, message, { upstreamCode: error.code }, { cause: error });
}

/** The client behind a request, as the upstream may reach it. */
export function clientOf(context: CallContext, guard: Guard): ClientSide | undefined {
  const { client } = context;
  return client && (client.ask ?? client.tell) ? new CallingClient(context, client, guard) : undefined;
}

/** Hardly any call asks: only what it would ask with is made for each. */
class CallingClient implements ClientSide {
  readonly capabilities: Params;

  constructor(
    private readonly context: CallContext,
    private readonly client: CallClient,
    private readonly guard: Guard,
  ) {
    this.capabilities = (client.ask && client.capabilities) ?? none;
  }

  ask(...[method, params, ...others]: Parameters<AskClient>): Promise<Params> {
    const { ask } = this.context;
    return ask ? ask(method, this.guard(params), ...others) : Promise.reject(noClient(method));
  }

  notify(method: string, params: Params): void {
    const { progressToken } = params;
    // the client's own, by which it knows its call again
    this.client.tell?.(method, { ...this.guard(params), ...(progressToken !== undefined && { progressToken }) });
  }
}

const none: Params = Object.freeze({});

/** Whose connection it is: a session's, or, without one, that of what one caller can be asked for. */
export function ownerOf({ caller, client }: CallContext) {
  const { session, capabilities } = client ?? {};
  if (session !== undefined) return { owner: session };
  if (!client?.ask || !capabilities || !askableOf(capabilities)) return undefined;
  return { owner: `${caller.id} ${JSON.stringify(capabilities)}`, standsAlone: true };
}

function noClient(method: string): OperationError {
  return new OperationError('failed', `The client can't be asked for ${method} at this door`);
}

/** Only what was said counts: unset means the cautious answer. */
function annotationsOf(given: unknown) {
  const { readOnlyHint, destructiveHint, idempotentHint, openWorldHint } = isObject(given) ? given : {};
  return {
    ...(typeof readOnlyHint === 'boolean' && { readOnly: readOnlyHint }),
    ...(typeof destructiveHint === 'boolean' && { destructive: destructiveHint }),
    ...(typeof idempotentHint === 'boolean' && { idempotent: idempotentHint }),
    ...(typeof openWorldHint === 'boolean' && { openWorld: openWorldHint }),
  };
}

/** A name that can be typed as a command is one. */
function patternsOf(name: string): string[] {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replaceAll('_', '-')
    .toLowerCase();
  return /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(words) && words !== 'help' ? [words] : [];
}

function isObject(value: unknown): value is Params {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
