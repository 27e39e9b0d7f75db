import { setTimeout as sleep } from 'node:timers/promises';
import { invalidField, OperationError, type OperationContext, type ServiceStatus } from '#libs/kit';
import { afterChange, type HttpClient } from '#libs/outbound';
import type { Mem0Settings } from '../mem0.settings.js';
import {
  Memories,
  type Change,
  type Entity,
  type EntityType,
  type Health,
  type Memory,
  type NewMemories,
  type Page,
  type Remembered,
  type Scope,
  type SearchAnswer,
  type SearchRequest,
} from '../memories.js';
import type { Dialect } from './dialect.js';
import { Mem0Client } from './mem0-client.js';
import * as shapes from './mem0-shapes.js';

const FIRST_POLL_MS = 200;
const SLOWEST_POLL_MS = 3_000;
/** Left of the call's time, for the answer. */
const MARGIN_MS = 3_000;
/** Memories that are looked through to tell whose they are. */
const MAX_COUNTED = 1_000;

/** Memories at a Mem0 server. What one agent may see of it is decided here: the server knows one key, and no agents. */
export class RemoteMemories extends Memories {
  override readonly kind: Dialect['kind'];
  override readonly backEnd = 'Mem0';
  private readonly client: Mem0Client;

  constructor(
    private readonly dialect: Dialect,
    url: string,
    private readonly settings: Mem0Settings,
    http: HttpClient,
  ) {
    super();
    this.kind = dialect.kind;
    const credential = () => (settings.key === undefined ? {} : dialect.credential(settings.key));
    this.client = new Mem0Client(url, credential, http);
  }

  private get missing(): string[] {
    return this.dialect.needsKey && this.settings.key === undefined ? ['MEM0_API_KEY'] : [];
  }

  override status(): ServiceStatus {
    const { missing } = this;
    return missing.length === 0 ? { state: 'ready' } : { state: 'not configured', missing };
  }

  override async add(given: NewMemories, context: OperationContext): Promise<Remembered> {
    this.requireKey();
    const { signal } = context;
    // the server thinks as long as its model does
    const timeoutMs = Math.max(1, context.remainingMs - MARGIN_MS);
    const added = await this.client.ask(this.dialect.add(given), shapes.addedSchema, signal, timeoutMs);
    if ('event_id' in added) return afterChange(this.untilDone(added.event_id, context));
    return { memories: added.results.map(shapes.eventOf) };
  }

  override async search(request: SearchRequest, { signal }: OperationContext): Promise<SearchAnswer> {
    this.requireKey();
    const { results } = await this.client.ask(this.dialect.search(request), shapes.memoriesSchema, signal);
    return { search: 'mem0', memories: results.filter((each) => isIn(request.scope, each)).map(shapes.foundOf) };
  }

  override async list(
    scope: Scope,
    limit: number,
    cursor: string | undefined,
    { signal }: Pick<OperationContext, 'signal'>,
  ): Promise<Page> {
    this.requireKey();
    const page = cursor === undefined ? 1 : pageOf(cursor);
    const { results, next } = await this.client.ask(
      this.dialect.list(scope, page, limit),
      shapes.memoriesSchema,
      signal,
    );
    const here = results.filter((each) => isIn(scope, each)).map(shapes.memoryOf);
    if (this.dialect.paged) return { memories: here, nextCursor: next === undefined ? null : String(page + 1) };
    const sorted = here.sort((one, other) => other.createdAt.localeCompare(one.createdAt));
    const memories = sorted.slice((page - 1) * limit, page * limit);
    return { memories, nextCursor: sorted.length > page * limit ? String(page + 1) : null };
  }

  override async get(id: string, scope: Scope, { signal }: OperationContext): Promise<Memory> {
    this.requireKey();
    const found = await this.find(id, signal);
    if (!found || !isIn(scope, found)) throw noMemory(id);
    return shapes.memoryOf(found);
  }

  /** Of a memory that is gone nobody can tell whose it was: it has a history for those who may see everybody's. */
  override async history(id: string, scope: Scope, { signal }: OperationContext): Promise<Change[]> {
    this.requireKey();
    const found = await this.find(id, signal);
    if (found ? !isIn(scope, found) : scope.agentId !== undefined) throw noMemory(id);
    const changes = await this.client.ask({ path: this.dialect.history(id) }, shapes.changesSchema, signal);
    if (changes.length === 0) throw noMemory(id);
    return changes.map(shapes.changeOf);
  }

  override async update(
    id: string,
    scope: Scope,
    change: { text?: string; metadata?: Record<string, unknown> },
    context: OperationContext,
  ): Promise<Memory> {
    const before = await this.get(id, scope, context);
    const json = { text: change.text ?? before.text, metadata: change.metadata ?? before.metadata };
    await this.client.ask({ method: 'PUT', path: this.dialect.memory(id), json }, shapes.anySchema, context.signal);
    return this.get(id, scope, context);
  }

  override async forget(id: string, scope: Scope, context: OperationContext): Promise<void> {
    await this.get(id, scope, context);
    await this.client.ask({ method: 'DELETE', path: this.dialect.memory(id) }, shapes.anySchema, context.signal);
  }

  override async forgetAll(scope: Scope, { signal }: OperationContext): Promise<null> {
    this.requireKey();
    await this.client.ask(this.dialect.forgetAll(scope), shapes.anySchema, signal);
    return null;
  }

  override async entities(scope: Scope, { signal }: OperationContext): Promise<Entity[]> {
    this.requireKey();
    if (scope.agentId === undefined) {
      const { results } = await this.client.ask(this.dialect.entities(), shapes.entitiesSchema, signal);
      return results.flatMap(shapes.entityOf);
    }
    const { memories } = await this.list(scope, MAX_COUNTED, undefined, { signal });
    return countEntities(memories);
  }

  override async forgetEntity(type: EntityType, id: string, { signal }: OperationContext): Promise<null> {
    this.requireKey();
    await this.client.ask({ method: 'DELETE', path: this.dialect.entity(type, id) }, shapes.anySchema, signal);
    return null;
  }

  override async health({ signal }: OperationContext): Promise<Health> {
    this.requireKey();
    await this.client.ask({ path: this.dialect.health() }, shapes.anySchema, signal);
    return { state: 'ready', detail: 'Mem0 answers; search is its own' };
  }

  /** Nothing where it is not there: the platform says 404, the open-source server `null`. */
  private async find(id: string, signal: AbortSignal) {
    try {
      const ask = { path: this.dialect.memory(id) };
      return (await this.client.ask(ask, shapes.memorySchema.nullable(), signal)) ?? undefined;
    } catch (error) {
      if (error instanceof OperationError && error.kind === 'unknown') return undefined;
      throw error;
    }
  }

  /** Polls the event of a platform that works later, until it is done or the call's time is nearly over. */
  private async untilDone(event: string, context: OperationContext): Promise<Remembered> {
    for (let polls = 1, waitMs = FIRST_POLL_MS; ; polls += 1, waitMs = Math.min(waitMs * 2, SLOWEST_POLL_MS)) {
      const { status, results } = await this.client.ask(
        this.dialect.event(event),
        shapes.pendingSchema,
        context.signal,
      );
      if (status === 'SUCCEEDED') return { memories: (results ?? []).map(shapes.eventOf) };
      if (status === 'FAILED')
        throw new OperationError('failed', `Mem0 took the memory but failed to keep it (event ${event})`);
      if (context.remainingMs < waitMs + MARGIN_MS) return { memories: [], pending: event };
      context.progress(polls, undefined, `Mem0 is at it (${status.toLowerCase()})`);
      await sleep(waitMs, undefined, { signal: context.signal });
    }
  }

  private requireKey(): void {
    const { missing } = this;
    if (missing.length === 0) return;
    throw new OperationError('not-configured', 'Mem0’s platform needs a key. The operator has to set MEM0_API_KEY.', {
      missing,
    });
  }
}

/** Whether a memory is really of those that were asked for, whatever the server made of the filter. */
function isIn({ agentId, userId, runId }: Scope, memory: { agent_id?: unknown; user_id?: unknown; run_id?: unknown }) {
  return (
    (agentId === undefined || memory.agent_id === agentId) &&
    (userId === undefined || memory.user_id === userId) &&
    (runId === undefined || memory.run_id === runId)
  );
}

function countEntities(memories: readonly Memory[]): Entity[] {
  const counts = new Map<string, Entity>();
  for (const { agentId, userId, runId } of memories) {
    const ids = { agent: agentId, run: runId, user: userId } as const;
    for (const [type, id] of Object.entries(ids) as [EntityType, string | undefined][]) {
      if (id === undefined) continue;
      const entity = counts.get(`${type} ${id}`) ?? { type, id, memories: 0 };
      entity.memories += 1;
      counts.set(`${type} ${id}`, entity);
    }
  }
  return [...counts.entries()].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, entity]) => entity);
}

function pageOf(cursor: string): number {
  if (!/^[1-9]\d{0,5}$/.test(cursor))
    throw invalidField('cursor', 'nextCursor of a page before', JSON.stringify(cursor));
  return Number(cursor);
}

function noMemory(id: string): OperationError {
  return new OperationError(
    'unknown',
    `There is no memory ${id} here; agentId names another agent. list and search answer ids.`,
  );
}
