import { z } from 'zod';
import type { Change, Entity, FoundMemory, Memory, MemoryEvent } from '../memories.js';

/** What is read of Mem0's answers; both of its APIs name things the same way, mostly. */

/** Absent, or null where there is none. */
function maybe<T>(schema: z.ZodType<T>) {
  return schema.nullish().transform((value) => value ?? undefined);
}

const text = maybe(z.string());

export const memorySchema = z.looseObject({
  id: z.string(),
  memory: text,
  agent_id: text,
  user_id: text,
  run_id: text,
  metadata: maybe(z.record(z.string(), z.unknown())),
  created_at: text,
  updated_at: text,
  expiration_date: text,
  score: z.number().nullish(),
});

/** A list, bare or under a name, with what a page says of the next one. */
function listOf<T extends z.ZodType>(item: T) {
  const page = z.object({ results: z.array(item), next: text });
  return z.union([page, z.array(item).transform((results) => ({ results, next: undefined }))]);
}

export const memoriesSchema = listOf(memorySchema);

const eventSchema = z.object({
  id: z.string(),
  event: z.string().default('ADD'),
  memory: text,
  data: z.object({ memory: text }).nullish(),
});

/** What became of what was sent, now or later. */
export const addedSchema = z.union([
  z.object({ event_id: z.string(), results: z.undefined().optional() }),
  listOf(eventSchema),
]);

export const pendingSchema = z.object({
  status: z.enum(['PENDING', 'RUNNING', 'FAILED', 'SUCCEEDED']),
  results: z.array(eventSchema).nullish(),
});

export const changesSchema = z.array(
  z.object({ event: z.string(), old_memory: text, new_memory: text, created_at: text, updated_at: text }),
);

export const entitiesSchema = listOf(
  z.object({ id: z.string(), name: z.string().optional(), type: z.string(), total_memories: z.int().default(0) }),
);

export const anySchema = z.unknown();

export const reasonSchema = z.object({ detail: z.unknown(), message: z.unknown(), error: z.unknown() }).partial();

type MemorySent = z.output<typeof memorySchema>;

export function memoryOf(sent: MemorySent): Memory {
  const { created_at: createdAt, updated_at: updatedAt } = sent;
  return {
    id: sent.id,
    text: sent.memory ?? '',
    ...(sent.agent_id !== undefined && { agentId: sent.agent_id }),
    ...(sent.user_id !== undefined && { userId: sent.user_id }),
    ...(sent.run_id !== undefined && { runId: sent.run_id }),
    ...(sent.metadata !== undefined && { metadata: sent.metadata }),
    createdAt: createdAt ?? '',
    updatedAt: updatedAt ?? createdAt ?? '',
    ...(sent.expiration_date !== undefined && { expiresAt: sent.expiration_date }),
    raw: sent,
  };
}

export function foundOf(sent: MemorySent): FoundMemory {
  return { ...memoryOf(sent), score: Math.round((sent.score ?? 0) * 1_000) / 1_000 };
}

export function eventOf({ id, event, memory, data }: z.output<typeof eventSchema>): MemoryEvent {
  return { id, event, text: memory ?? data?.memory ?? '' };
}

export function changeOf(sent: z.output<typeof changesSchema>[number]): Change {
  return {
    event: sent.event,
    oldText: sent.old_memory ?? null,
    newText: sent.new_memory ?? null,
    at: sent.updated_at ?? sent.created_at ?? '',
  };
}

export function entityOf(sent: z.output<typeof entitiesSchema>['results'][number]): Entity[] {
  const { type } = sent;
  if (type !== 'user' && type !== 'agent' && type !== 'run') return [];
  return [{ type, id: sent.name ?? sent.id, memories: sent.total_memories }];
}
