import type { Sql } from '#libs/kit';
import type { FoundMemory, SearchRequest } from '../memories.js';
import { COLUMNS, IN_SCOPE, memoryOf, scopeValues, type MemoryRow } from './memory-rows.js';
import { queryWords } from './query-words.js';

/** What the meaning counts beside the words, of 1. */
const VECTOR_WEIGHT = 0.6;
/** Likeness below which a memory that has none of the words is not found: vectors of unrelated texts are never opposite. */
const LIKE_ENOUGH = 0.3;
/** The newest memories are compared by their meaning; each costs as many products as a vector has numbers. */
const MAX_COMPARED = 2_000;
/** A near word counts less than the word itself. */
const NEAR_WEIGHT = 0.8;

interface SearchParts {
  /** Whether `pg_trgm` is there. */
  trigrams: boolean;
  /** Of the query, and the model that made it. */
  vector?: { values: readonly number[]; model: string } | undefined;
}

/**
 * Finds memories that have any of the words, or ones near to them, or the same meaning. The score is the share of the
 * query's words that were found (words such as "the" don't count), blended with the likeness of the vectors.
 */
export async function findMemories(sql: Sql, request: SearchRequest, parts: SearchParts): Promise<FoundMemory[]> {
  const { scope, query, limit, threshold = 0 } = request;
  const { trigrams, vector } = parts;
  const values = [...scopeValues(scope), queryWords(query), limit, threshold];
  const near = trigrams ? `WHEN word <% m.text THEN ${NEAR_WEIGHT} * word_similarity(word, m.text)` : '';
  const rows = await sql.query<MemoryRow & { score: number }>(
    `WITH wanted AS (
       SELECT word, plainto_tsquery('english', word) AS exact FROM unnest($4::text[]) AS word
       WHERE numnode(plainto_tsquery('english', word)) > 0
     ), any_word AS (
       SELECT string_agg(exact::text, ' | ')::tsquery AS query, array_agg(word) AS words FROM wanted
     ), found AS (
       SELECT ${COLUMNS}, m.words, spoken.share, ${vector ? likeness() : 'NULL::float8'} AS likeness
       FROM mem0_memories m CROSS JOIN LATERAL (
         SELECT coalesce(avg(CASE WHEN m.words @@ exact THEN 1 ${near} ELSE 0 END), 0)::float8 AS share FROM wanted
       ) AS spoken
       WHERE ${IN_SCOPE} AND (${candidates(trigrams, vector !== undefined)})
     ), scored AS (
       SELECT *, ${vector ? blended() : 'share'} AS score FROM found
       WHERE share > 0 OR likeness >= ${LIKE_ENOUGH}
     )
     SELECT * FROM scored WHERE score >= $6
     ORDER BY score DESC, ts_rank(words, (SELECT query FROM any_word)) DESC NULLS LAST, created_at DESC, id
     LIMIT $5`,
    vector ? [...values, vector.values, vector.model] : values,
  );
  return rows.map((row) => ({ ...memoryOf(row), score: Math.round(row.score * 1_000) / 1_000 }));
}

function candidates(trigrams: boolean, vectors: boolean): string {
  return [
    'm.words @@ (SELECT query FROM any_word)',
    ...(trigrams ? ['m.text %> ANY ((SELECT words FROM any_word)::text[])'] : []),
    ...(vectors
      ? [
          `m.id IN (SELECT m.id FROM mem0_memories m WHERE ${IN_SCOPE} ORDER BY m.created_at DESC LIMIT ${MAX_COMPARED})`,
        ]
      : []),
  ].join(' OR ');
}

function likeness(): string {
  return `CASE WHEN m.embedding_model = $8
    THEN (SELECT sum(a * b) FROM unnest(m.embedding, $7::real[]) AS pair (a, b))::float8 END`;
}

/** Of a memory without a vector, the words alone speak. */
function blended(): string {
  return `CASE WHEN likeness IS NULL THEN share
    ELSE least(1, (1 - ${VECTOR_WEIGHT}) * share + ${VECTOR_WEIGHT} * greatest(likeness, 0)) END`;
}
