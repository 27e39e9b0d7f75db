import type { Sql } from '#libs/kit';
import type { Scope } from '../memories.js';
import { IN_SCOPE, MAX_COMPARED, scopeValues } from './memory-rows.js';
import { likeness } from './vectors.js';

/** Likeness below which a memory is not found by its meaning: vectors of unrelated texts are seldom opposite. */
const LIKE_ENOUGH = 0.3;

/** What a query means, as one model has it. */
export interface QueryVector {
  values: Buffer;
  model: string;
}

/** Memories that mean what a query means, and how much so; both lists in one order. */
export interface Alike {
  ids: string[];
  likeness: number[];
}

/** Compares the newest memories of a scope, as far as they have a vector of the query's model. */
export async function findAlike(sql: Sql, scope: Scope, { values, model }: QueryVector): Promise<Alike> {
  const rows = await sql.query<{ id: string; embedding: Buffer }>(
    `SELECT m.id, m.embedding FROM mem0_memories m WHERE ${IN_SCOPE} AND m.embedding_model = $4 AND m.embedding IS NOT NULL
     ORDER BY m.created_at DESC LIMIT ${MAX_COMPARED}`,
    [...scopeValues(scope), model],
  );
  const compared = rows.map(({ id, embedding }) => ({ id, likeness: likeness(values, embedding) }));
  const alike = compared.filter((each) => each.likeness >= LIKE_ENOUGH);
  return { ids: alike.map(({ id }) => id), likeness: alike.map((each) => each.likeness) };
}
