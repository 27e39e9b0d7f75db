import type { Sql } from '#libs/kit';
import type { FoundMemory, SearchRequest } from '../memories.js';
import type { Alike } from './alike.js';
import { COLUMNS, IN_SCOPE, MAX_COMPARED, memoryOf, scopeValues, type MemoryRow } from './memory-rows.js';
import { queryWords } from './query-words.js';

/** What the meaning counts beside the words, of 1. */
const VECTOR_WEIGHT = 0.6;
/** Of a text, where near words are looked for. */
const MAX_COMPARED_CHARACTERS = 1_000;
/** Share of a word's trigrams that must be there in one place: with 0.5 "juise" is near "juice". */
const NEAR_ENOUGH = 0.5;
/** A near word counts less than the word itself. */
const NEAR_WEIGHT = 0.8;

/** Of a memory that was not compared, the words alone speak. */
const BLENDED = `CASE WHEN compared
  THEN (1 - ${VECTOR_WEIGHT}) * share + ${VECTOR_WEIGHT} * coalesce(likeness, 0) ELSE share END`;

interface SearchParts {
  /** Whether `pg_trgm` is there. */
  trigrams: boolean;
  /** What means the same, where meaning can be compared. */
  alike: Alike | undefined;
}

/**
 * Finds memories that have any of the words, or ones near to them, or the same meaning. The score is the share of the
 * query's words that were found (words such as "the" don't count), blended with the likeness of the vectors.
 */
export async function findMemories(sql: Sql, request: SearchRequest, parts: SearchParts): Promise<FoundMemory[]> {
  const { scope, query, limit, threshold = 0 } = request;
  const { trigrams, alike } = parts;
  const { ids, likeness } = alike ?? { ids: [], likeness: [] };
  const rows = await sql.query<MemoryRow & { score: number }>(
    `WITH wanted AS (
       SELECT word, plainto_tsquery('english', word) AS exact FROM unnest($4::text[]) AS word
       WHERE numnode(plainto_tsquery('english', word)) > 0
     ), any_word AS (
       SELECT string_agg(exact::text, ' | ')::tsquery AS query FROM wanted
     ), newest AS MATERIALIZED (
       SELECT m.id FROM mem0_memories m WHERE ${IN_SCOPE} ORDER BY m.created_at DESC LIMIT ${MAX_COMPARED}
     ), found AS (
       SELECT ${COLUMNS}, m.words, spoken.share, alike.likeness, newest.id IS NOT NULL AND m.embedding IS NOT NULL AS compared
       FROM mem0_memories m LEFT JOIN newest ON newest.id = m.id
       LEFT JOIN unnest($7::uuid[], $8::float8[]) AS alike (id, likeness) ON alike.id = m.id CROSS JOIN LATERAL (
         SELECT coalesce(avg(CASE WHEN m.words @@ exact THEN 1 ELSE ${trigrams ? nearness() : '0'} END), 0)::float8 AS share
         FROM wanted
       ) AS spoken
       WHERE ${IN_SCOPE} AND (m.words @@ (SELECT query FROM any_word) OR newest.id IS NOT NULL OR alike.id IS NOT NULL)
     ), scored AS (
       SELECT *, ${alike ? BLENDED : 'share'} AS score FROM found WHERE share > 0 OR likeness IS NOT NULL
     )
     SELECT * FROM scored WHERE score >= $6
     ORDER BY score DESC, ts_rank(words, (SELECT query FROM any_word)) DESC NULLS LAST, created_at DESC, id
     LIMIT $5`,
    [...scopeValues(scope), queryWords(query), limit, threshold, ids, likeness],
  );
  return rows.map((row) => ({ ...memoryOf(row), score: Math.round(row.score * 1_000) / 1_000 }));
}

function nearness(): string {
  const nearest = `word_similarity(word, left(m.text, ${MAX_COMPARED_CHARACTERS}))`;
  return `CASE WHEN newest.id IS NOT NULL AND ${nearest} >= ${NEAR_ENOUGH} THEN ${NEAR_WEIGHT} * ${nearest} ELSE 0 END`;
}
