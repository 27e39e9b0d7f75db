import type { OperationContext, ServiceStatus } from '#libs/kit';

/** Whose memories: all the ids that are given must fit. */
export interface Scope {
  agentId?: string | undefined;
  userId?: string | undefined;
  runId?: string | undefined;
}

export interface Memory extends Scope {
  id: string;
  text: string;
  metadata?: Record<string, unknown> | undefined;
  createdAt: string;
  updatedAt: string;
  expiresAt?: string | undefined;
  /** All that a Mem0 server tells of it; the gateway's own store knows no more. */
  raw?: Record<string, unknown> | undefined;
}

export interface FoundMemory extends Memory {
  /** From 0 to 1; the more the better. */
  score: number;
}

export interface Message {
  role: 'user' | 'assistant' | 'system';
  content: string;
}

export interface NewMemories {
  scope: Scope;
  messages: Message[];
  metadata?: Record<string, unknown> | undefined;
  /** Whether a model is to find the facts in the messages. */
  infer?: boolean | undefined;
  expiresAt?: Date | undefined;
}

/** What became of a memory. */
export interface MemoryEvent {
  id: string;
  event: string;
  text: string;
}

export interface Remembered {
  memories: MemoryEvent[];
  /** Set where the work goes on elsewhere. */
  pending?: string | undefined;
}

/** How a search was made. */
export type SearchMethod = 'words' | 'words+trigrams' | 'words+vectors' | 'words+trigrams+vectors' | 'mem0';

export interface SearchAnswer {
  search: SearchMethod;
  note?: string | undefined;
  memories: FoundMemory[];
}

export interface SearchRequest {
  scope: Scope;
  query: string;
  limit: number;
  threshold?: number | undefined;
}

export interface Page {
  memories: Memory[];
  nextCursor: string | null;
}

export interface Change {
  event: string;
  oldText: string | null;
  newText: string | null;
  at: string;
}

export type EntityType = 'user' | 'agent' | 'run';

export interface Entity {
  type: EntityType;
  id: string;
  memories: number;
}

export interface Health {
  state: 'ready' | 'degraded';
  detail: string;
}

/**
 * Where memories are kept: the gateway's own store, or a Mem0 server of either kind. Whoever calls has decided what the
 * caller may see; a scope without an agent is everybody's. Throws `unknown` for a memory that is not there in the scope.
 */
export abstract class Memories {
  /** As answers name it. */
  abstract readonly kind: 'gateway' | 'mem0-oss' | 'mem0-platform';
  /** Of the circuit breaker; none for the gateway's own store. */
  abstract readonly backEnd: string | undefined;

  abstract status(): ServiceStatus;
  abstract add(given: NewMemories, context: OperationContext): Promise<Remembered>;
  abstract search(request: SearchRequest, context: OperationContext): Promise<SearchAnswer>;
  abstract list(scope: Scope, limit: number, cursor: string | undefined, context: OperationContext): Promise<Page>;
  abstract get(id: string, scope: Scope, context: OperationContext): Promise<Memory>;
  abstract history(id: string, scope: Scope, context: OperationContext): Promise<Change[]>;
  abstract update(
    id: string,
    scope: Scope,
    change: { text?: string | undefined; metadata?: Record<string, unknown> | undefined },
    context: OperationContext,
  ): Promise<Memory>;
  abstract forget(id: string, scope: Scope, context: OperationContext): Promise<void>;
  /** How many; null where that is not told. */
  abstract forgetAll(scope: Scope, context: OperationContext): Promise<number | null>;
  abstract entities(scope: Scope, context: OperationContext): Promise<Entity[]>;
  abstract forgetEntity(type: EntityType, id: string, context: OperationContext): Promise<number | null>;
  abstract health(context: OperationContext): Promise<Health>;
}
