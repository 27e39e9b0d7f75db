import {
  invalidField,
  McpService,
  Operation,
  type InputOf,
  type OperationContext,
  type OutputOf,
  type ReachesBackEnds,
  type ReportsStatus,
  type ServiceStatus,
} from '#libs/kit';
import { agentOf, EVERY_AGENT } from './agents.js';
import { contextText } from './context-text.js';
import { expiryOf } from './expiry.js';
import { Mem0Settings } from './mem0.settings.js';
import { Memories, type Memory, type Scope } from './memories.js';
import * as recalling from './operations/recalling.js';
import * as remembering from './operations/remembering.js';
import { Memories1732147700000 } from './own/memories.migration.js';
import { storable } from './storable.js';

const MAX_METADATA_BYTES = 16 * 1024;

@McpService({
  name: 'mem0',
  version: '1.0.0',
  description:
    'Long-term memory of agents: what they remember, found again by words or meaning. In the gateway’s own store, or a Mem0 server.',
  location: 'server',
  icon: 'M6 3h12v18l-6-4-6 4z',
  settings: Mem0Settings,
  migrations: [Memories1732147700000],
})
export class Mem0Service implements ReportsStatus, ReachesBackEnds {
  constructor(private readonly memories: Memories) {}

  serviceStatus(): ServiceStatus {
    return this.memories.status();
  }

  backEndOf(): string | undefined {
    return this.memories.backEnd;
  }

  @Operation(remembering.remember)
  async remember(
    input: InputOf<typeof remembering.remember>,
    context: OperationContext,
  ): Promise<OutputOf<typeof remembering.remember>> {
    const { text, messages, metadata, infer, expires } = storable(input);
    if ((text === undefined) === (messages === undefined)) {
      throw invalidField('text', 'either text or messages', text === undefined ? 'neither' : 'both');
    }
    requireSmall(metadata);
    requireText({ text });
    for (const { content } of messages ?? []) requireText({ messages: content });
    const given = messages ?? [{ role: 'user' as const, content: text ?? '' }];
    const scope = scopeOf(input, context);
    if (scope.agentId === undefined) throw invalidField('agentId', 'the id of one agent', `"${EVERY_AGENT}"`);
    const expiresAt = expires === undefined ? undefined : expiryOf(expires);
    const remembered = await this.memories.add({ scope, messages: given, metadata, infer, expiresAt }, context);
    return { store: this.memories.kind, ...remembered };
  }

  @Operation(recalling.search)
  async search(
    input: InputOf<typeof recalling.search>,
    context: OperationContext,
  ): Promise<OutputOf<typeof recalling.search>> {
    const { query, topK, threshold } = storable(input);
    requireText({ query });
    const request = { scope: scopeOf(input, context), query, limit: topK, threshold };
    const { memories, ...how } = await this.memories.search(request, context);
    return { store: this.memories.kind, ...how, memories: memories.map((each) => shown(each, input.raw)) };
  }

  @Operation(recalling.getContext)
  async getContext(
    input: InputOf<typeof recalling.getContext>,
    context: OperationContext,
  ): Promise<OutputOf<typeof recalling.getContext>> {
    const { query, limit, maxTokens } = storable(input);
    requireText({ query });
    const scope = scopeOf(input, context);
    const found = query === undefined ? undefined : await this.memories.search({ scope, query, limit }, context);
    const newest = await this.memories.list(scope, limit, undefined, context);
    const byId = new Map<string, Memory>(
      [...(found?.memories ?? []), ...newest.memories].map((each) => [each.id, each]),
    );
    const text = contextText([...byId.values()].slice(0, limit), maxTokens);
    return { store: this.memories.kind, ...text, ...(found && { search: found.search, note: found.note }) };
  }

  @Operation(recalling.list)
  async list(
    input: InputOf<typeof recalling.list>,
    context: OperationContext,
  ): Promise<OutputOf<typeof recalling.list>> {
    const { limit, cursor, raw } = input;
    const { memories, nextCursor } = await this.memories.list(scopeOf(input, context), limit, cursor, context);
    return { store: this.memories.kind, memories: memories.map((each) => shown(each, raw)), nextCursor };
  }

  @Operation(recalling.get)
  async get(input: InputOf<typeof recalling.get>, context: OperationContext) {
    return shown(await this.memories.get(input.memoryId, scopeOf(input, context), context), input.raw);
  }

  @Operation(recalling.history)
  async history(input: InputOf<typeof recalling.history>, context: OperationContext) {
    const { memoryId } = input;
    return { memoryId, changes: await this.memories.history(memoryId, scopeOf(input, context), context) };
  }

  @Operation(remembering.update)
  async update(input: InputOf<typeof remembering.update>, context: OperationContext) {
    const { memoryId, text, metadata } = storable(input);
    if (text === undefined && metadata === undefined) throw invalidField('text', 'a new text or metadata', 'neither');
    requireSmall(metadata);
    requireText({ text });
    return shown(await this.memories.update(memoryId, scopeOf(input, context), { text, metadata }, context), false);
  }

  @Operation(remembering.forget)
  async forget(input: InputOf<typeof remembering.forget>, context: OperationContext) {
    await this.memories.forget(input.memoryId, scopeOf(input, context), context);
    return { memoryId: input.memoryId, forgotten: true };
  }

  @Operation(remembering.deleteAll)
  async deleteAll(input: InputOf<typeof remembering.deleteAll>, context: OperationContext) {
    const { agentId, userId, runId } = storable(input);
    const scope = { agentId: agentId === EVERY_AGENT ? undefined : agentId, userId, runId };
    if (Object.values(scope).every((id) => id === undefined)) {
      throw invalidField('userId', 'at least one of agentId, userId and runId', 'none');
    }
    return { deleted: await this.memories.forgetAll(scope, context) };
  }

  @Operation(recalling.listEntities)
  async listEntities(
    input: InputOf<typeof recalling.listEntities>,
    context: OperationContext,
  ): Promise<OutputOf<typeof recalling.listEntities>> {
    const entities = await this.memories.entities(scopeOf(input, context), context);
    const { type } = input;
    return {
      store: this.memories.kind,
      entities: type === undefined ? entities : entities.filter((entity) => entity.type === type),
    };
  }

  @Operation(remembering.deleteEntity)
  async deleteEntity(input: InputOf<typeof remembering.deleteEntity>, context: OperationContext) {
    const { type, id } = storable(input);
    return { type, id, deleted: await this.memories.forgetEntity(type, id, context) };
  }

  @Operation(recalling.health)
  async health(_input: object, context: OperationContext): Promise<OutputOf<typeof recalling.health>> {
    const startedAt = performance.now();
    const health = await this.memories.health(context);
    return { store: this.memories.kind, ...health, latencyMs: Math.round(performance.now() - startedAt) };
  }
}

/** With all that is told of it, or without. */
function shown<T extends Memory>(memory: T, whole: boolean): T {
  return whole ? memory : { ...memory, raw: undefined };
}

function scopeOf(given: Scope, { caller }: OperationContext): Scope {
  const { agentId, userId, runId } = storable(given);
  return { agentId: agentOf(agentId, caller), userId, runId };
}

function requireSmall(metadata: object | undefined): void {
  const bytes = metadata === undefined ? 0 : Buffer.byteLength(JSON.stringify(metadata));
  if (bytes > MAX_METADATA_BYTES) throw invalidField('metadata', `at most ${MAX_METADATA_BYTES} bytes`, `${bytes}`);
}

/** Of a text that is all NUL characters, or halves of surrogate pairs, nothing can be kept. */
function requireText(fields: Record<string, string | undefined>): void {
  for (const [field, text] of Object.entries(fields)) {
    if (text === '') throw invalidField(field, 'text with characters that can be kept', 'none');
  }
}
