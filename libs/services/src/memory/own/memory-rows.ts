import { invalidField } from '#libs/kit';
import { isCalendarDay } from '../calendar.js';
import type { Memory, Scope } from '../memories.js';

/** A row of `mem0_memories`, as `COLUMNS` reads it. */
export interface MemoryRow {
  id: string;
  text: string;
  agent_id: string;
  user_id: string | null;
  run_id: string | null;
  metadata: Record<string, unknown> | null;
  created_at: Date;
  updated_at: Date;
  expires_at: Date | null;
}

/** Near words and meaning are looked for in the newest memories of a scope; both cost time for each. */
export const MAX_COMPARED = 2_000;

export const COLUMNS = `m.id, m.text, m.agent_id, m.user_id, m.run_id, m.metadata, m.created_at, m.updated_at, m.expires_at`;

/** Of memories `m` that are in a scope ($1, $2, $3) and have not ended. */
export const IN_SCOPE = `
  ($1::text IS NULL OR m.agent_id = $1) AND ($2::text IS NULL OR m.user_id = $2) AND ($3::text IS NULL OR m.run_id = $3)
  AND (m.expires_at IS NULL OR m.expires_at > now())`;

export function scopeValues({ agentId, userId, runId }: Scope): (string | null)[] {
  return [agentId ?? null, userId ?? null, runId ?? null];
}

export function memoryOf(row: MemoryRow): Memory {
  return {
    id: row.id,
    text: row.text,
    agentId: row.agent_id,
    ...(row.user_id !== null && { userId: row.user_id }),
    ...(row.run_id !== null && { runId: row.run_id }),
    ...(row.metadata !== null && { metadata: row.metadata }),
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    ...(row.expires_at !== null && { expiresAt: row.expires_at.toISOString() }),
  };
}

/** Where a page ended: the time, to the microsecond as PostgreSQL writes it, and the id. */
export interface PageEnd {
  at: string;
  id: string;
}

const CURSOR =
  /^((?!0000)(\d{4}-\d\d-\d\d) (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?\+00) ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

export function cursorOf({ at, id }: PageEnd): string {
  return Buffer.from(`${at} ${id}`).toString('base64url');
}

/** Throws `invalid` for what is no cursor of ours. */
export function pageEndOf(cursor: string): PageEnd {
  const [, at, day, id] = CURSOR.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (at === undefined || id === undefined || !isCalendarDay(day ?? ''))
    throw invalidField('cursor', 'nextCursor of a page before', 'something else');
  return { at, id };
}
