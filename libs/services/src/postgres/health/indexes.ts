import { OWN_SCHEMA } from '../tables.js';
import { check, count, ok, type Check } from './check.js';

/** Unused indexes below this size are not worth a word. */
const WORTH_DROPPING_BYTES = 1024 * 1024;

/** Whether a vector of numbers, written `1 2 3`, begins with another one. */
const begins = (vector: string) => `b.${vector}::text || ' ' LIKE a.${vector}::text || ' %'`;

/**
 * Invalid ones, those which another index of the same kind covers (it has the same columns, or begins with them), and
 * those that no scan has ever used. One that a constraint rests on is neither covered nor unused.
 */
const FINDINGS = `
  WITH own AS (
    SELECT x.*, n.nspname AS schema, i.relname AS name, t.relname AS "table", m.amname AS method,
           pg_relation_size(i.oid)::float8 AS bytes, s.idx_scan AS scans,
           pg_get_expr(x.indexprs, x.indrelid) AS expressions, pg_get_expr(x.indpred, x.indrelid) AS predicate,
           EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x')) AS holds
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_am m ON m.oid = i.relam
    JOIN pg_class t ON t.oid = x.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
    LEFT JOIN pg_stat_all_indexes s USING (indexrelid)
    WHERE ${OWN_SCHEMA} AND i.relkind = 'i'
  )
  SELECT 'invalid' AS kind, schema, name, "table", bytes, NULL AS "coveredBy" FROM own WHERE NOT indisvalid
  UNION ALL
  SELECT 'duplicate', a.schema, a.name, a."table", a.bytes, cover.name
  FROM own a CROSS JOIN LATERAL (
    SELECT b.name FROM own b
    WHERE b.indrelid = a.indrelid AND b.indexrelid <> a.indexrelid AND b.method = a.method AND b.indisvalid
      AND b.expressions IS NOT DISTINCT FROM a.expressions AND b.predicate IS NOT DISTINCT FROM a.predicate
      AND ${begins('indkey')} AND ${begins('indclass')} AND ${begins('indcollation')} AND ${begins('indoption')}
      AND CASE WHEN b.indkey::text = a.indkey::text
        THEN b.indnkeyatts = a.indnkeyatts AND (b.indisunique OR NOT a.indisunique)
          AND (b.holds, b.indisunique, a.indexrelid) > (a.holds, a.indisunique, b.indexrelid)
        ELSE a.method = 'btree' AND NOT a.indisunique AND a.expressions IS NULL
          AND a.indnatts = a.indnkeyatts AND a.indnatts <= b.indnkeyatts END
    ORDER BY b.holds DESC, b.name LIMIT 1) cover
  WHERE a.indisvalid AND NOT a.holds
  UNION ALL
  SELECT 'unused', schema, name, "table", bytes, NULL
  FROM own WHERE scans = 0 AND indisvalid AND NOT indisunique AND NOT holds AND bytes >= ${WORTH_DROPPING_BYTES}
  ORDER BY 5 DESC`;

const order = ['invalid', 'duplicate', 'unused'] as const;

const advice: Record<(typeof order)[number], string> = {
  invalid: 'invalid (a build failed; drop or REINDEX them)',
  duplicate: 'covered by another index (drop them)',
  unused: 'never used since the statistics began (drop them if that is long enough, and no replica uses them)',
};

export const indexes: Check = check(FINDINGS, (rows) => {
  const found = order
    .map((kind) => ({ kind, rows: rows.filter((row) => row.kind === kind) }))
    .filter((group) => group.rows.length > 0);
  if (found.length === 0) return ok('No index is invalid, duplicate, or large and unused');
  const told = found.map(({ kind, rows }) => `${count(rows.length, 'index', 'indexes')} ${advice[kind]}`);
  return {
    status: found[0]?.kind === 'invalid' ? 'problem' : 'warning',
    summary: told.join('; '),
    details: found.flatMap((group) => group.rows),
  };
});
