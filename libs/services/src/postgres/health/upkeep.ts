import { OWN_SCHEMA } from '../tables.js';
import { check, count, ok } from './check.js';

/** Small tables are vacuumed in no time. */
const ENOUGH_DEAD_ROWS = 10_000;
const DEAD_PERCENT = 20;
/** Free space of a table that is worth a word: an estimate from row widths, far from exact for small ones. */
const BLOATED_BYTES = 100 * 1024 * 1024;
const BLOATED_PERCENT = 50;
/** Of the two billion transactions after which a database stops taking changes. */
const OLD_TRANSACTIONS = 1_000_000_000;
const ANCIENT_TRANSACTIONS = 1_600_000_000;

/**
 * Bloat is what a table takes beyond its live rows at their average width, with 28 bytes a row and 8 % a page. A partitioned
 * table stores nothing itself and has no oldest transaction, which age() would take for the oldest there can be.
 */
const TABLES = `
  WITH tables AS (
    SELECT s.schemaname AS schema, s.relname AS name, s.n_live_tup::float8 AS "liveRows", s.n_dead_tup::float8 AS "deadRows",
           greatest(s.last_vacuum, s.last_autovacuum) AS "lastVacuum", age(c.relfrozenxid)::float8 AS "transactionsOld",
           pg_relation_size(c.oid)::float8 AS bytes, c.reltuples *
             (28 + (SELECT sum(w.avg_width * (1 - w.null_frac)) FROM pg_stats w
                     WHERE w.schemaname = s.schemaname AND w.tablename = s.relname AND NOT w.inherited)) * 1.08 AS needed
    FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
    WHERE c.relkind <> 'p'
  ), judged AS (
    SELECT *, 100 * "deadRows" / nullif("liveRows" + "deadRows", 0) AS "deadPercent", greatest(bytes - needed, 0) AS bloat FROM tables
  )
  SELECT schema, name, "liveRows", "deadRows", "deadPercent", "lastVacuum", "transactionsOld", bytes, bloat AS "bloatBytes",
         concat_ws(', ', CASE WHEN "transactionsOld" > ${ANCIENT_TRANSACTIONS} THEN 'wraparound'
                              WHEN "transactionsOld" > ${OLD_TRANSACTIONS} THEN 'old' END,
           CASE WHEN "deadRows" > ${ENOUGH_DEAD_ROWS} AND "deadPercent" > ${DEAD_PERCENT} THEN 'dead rows' END,
           CASE WHEN bloat > ${BLOATED_BYTES} AND 100 * bloat > ${BLOATED_PERCENT} * bytes THEN 'bloat' END) AS found
  FROM judged`;

export const vacuum = check(
  `SELECT * FROM (${TABLES}) tables WHERE found <> '' ORDER BY found LIKE 'wraparound%' DESC, "deadRows" DESC`,
  (rows) => {
    if (rows.length === 0) return ok('Vacuum keeps up: no table has many dead rows, much bloat or old transactions');
    const urgent = rows.filter((row) => String(row.found).startsWith('wraparound'));
    const told = `${count(rows.length, 'table needs', 'tables need')} a VACUUM (see found in the details)`;
    return {
      status: urgent.length > 0 ? 'problem' : 'warning',
      summary:
        urgent.length > 0
          ? `${told}; ${count(urgent.length, 'table is', 'tables are')} so old that the database will soon stop taking changes: VACUUM FREEZE now`
          : `${told}; a long transaction or a too slow autovacuum is the usual cause, and bloat goes away by VACUUM FULL or pg_repack`,
      details: rows,
    };
  },
);

const FULL_PERCENT = 75;
const NEARLY_FULL_PERCENT = 90;

/** The end is that of the sequence, or of the column that takes its numbers, whichever comes first. */
export const sequences = check(
  `SELECT s.schemaname AS schema, s.sequencename AS name, a.attrelid::regclass::text || '.' || a.attname AS "usedBy",
          s.last_value::text AS "lastValue", ends.at::text AS "endsAt", (100 * s.last_value / ends.at)::float8 AS percent
   FROM pg_sequences s
   JOIN pg_namespace n ON n.nspname = s.schemaname
   JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = s.sequencename AND c.relkind = 'S'
   LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass
     AND d.deptype IN ('a', 'i')
   LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
   CROSS JOIN LATERAL (
     SELECT least(s.max_value,
       CASE a.atttypid WHEN 'int2'::regtype THEN 32767 WHEN 'int4'::regtype THEN 2147483647 END)::numeric AS at) ends
   WHERE NOT has_sequence_privilege(c.oid, 'SELECT, USAGE')
     OR (s.increment_by > 0 AND NOT s.cycle AND 100 * s.last_value > ${FULL_PERCENT} * ends.at)
   ORDER BY percent DESC NULLS LAST`,
  (rows) => {
    const ending = rows.filter((row) => row.percent !== null);
    const unread = rows.length - ending.length;
    const blind = unread === 0 ? '' : `; ${count(unread, 'other')} may not be read: GRANT SELECT on them`;
    if (ending.length === 0) {
      return {
        ...ok(`No sequence is beyond ${FULL_PERCENT} % of its range${blind}`),
        status: unread ? 'warning' : 'ok',
      };
    }
    const names = ending.map((row) => String(row.usedBy ?? row.name)).join(', ');
    return {
      status: Number(ending[0]?.percent) > NEARLY_FULL_PERCENT ? 'problem' : 'warning',
      summary: `${count(ending.length, 'sequence')} will run out of numbers, after which inserts fail: ${names}; change the column and the sequence to bigint${blind}`,
      details: ending,
    };
  },
);

export const constraints = check(
  `SELECT n.nspname AS schema, c.relname AS "table", k.conname AS name, pg_get_constraintdef(k.oid) AS definition
   FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE NOT k.convalidated AND ${OWN_SCHEMA} ORDER BY 1, 2, 3`,
  (rows) => {
    if (rows.length === 0) return ok('All constraints are validated');
    return {
      status: 'warning',
      summary: `${count(rows.length, 'constraint holds', 'constraints hold')} for new rows only; ALTER TABLE … VALIDATE CONSTRAINT checks those that were there before`,
      details: rows,
    };
  },
);
