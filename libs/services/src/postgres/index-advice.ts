import { OperationError, type InputOf, type OutputOf } from '#libs/kit';
import type { Database } from './database.js';
import { candidatesOf, readsOwnTables, type Candidate } from './index-candidates.js';
import type { indexAdvice as declared } from './operations/judging.js';
import { parsePlan } from './plan-json.js';
import { judgeReading, type Verdict } from './reading-rules.js';
import type { SqlGuard } from './sql-guard.js';
import { OWN_SCHEMA } from './tables.js';
import { topQueries } from './top-queries.js';

type Answer = OutputOf<typeof declared>;
type Advice = Answer['advice'][number];

/** Queries that are looked at when none is given. */
const TOP = 10;
/** A table below this is read from end to end faster than through an index. */
const WORTH_AN_INDEX_ROWS = 1_000;
const MAX_COLUMNS = 3;
const PLAN_LIMITS = { maxRows: 1, maxBytes: 1024 * 1024 };

const METHOD =
  "Each statement's columns and PostgreSQL's plan for it: an index is proposed where a table of 1,000 or more rows is read from end to end. Not tried out; hypothetical indexes are not used";

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Total Cost': number;
  Plans?: Plan[];
}

/** What the planner knows of a table of the database's own, and the columns that its indexes begin with. */
const TABLE = `
  SELECT n.nspname AS schema, c.relname AS name, greatest(c.reltuples, 0)::float8 AS rows,
    (SELECT json_object_agg(a.attname, quote_ident(a.attname)) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
    (SELECT coalesce(json_agg(ARRAY(SELECT pg_get_indexdef(x.indexrelid, k, true) FROM generate_series(1, x.indnkeyatts) k)), '[]')
       FROM pg_index x WHERE x.indrelid = c.oid AND x.indisvalid AND x.indpred IS NULL) AS indexes,
    format('%I.%I', n.nspname, c.relname) AS quoted
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'm') AND ${OWN_SCHEMA} AND c.relname = $1 AND CASE WHEN $2::text IS NULL THEN pg_table_is_visible(c.oid) ELSE n.nspname = $2 END`;

interface TableFacts {
  schema: string;
  name: string;
  rows: number;
  /** Each name as it is written in a statement. */
  columns: Record<string, string>;
  indexes: string[][];
  quoted: string;
}

/** Indexes that would help the queries; looks at texts and plans alone. */
export async function adviseOnIndexes(
  database: Database,
  guard: SqlGuard,
  given: InputOf<typeof declared>['queries'],
  signal: AbortSignal,
): Promise<Answer> {
  const texts = given ?? (await expensiveQueries(database, guard, signal));
  const queries: Answer['queries'] = [];
  const advice = new Map<string, Advice>();
  for (const [position, query] of texts.entries()) {
    try {
      const statement = await guard.statement(query);
      const verdict = judgeReading(statement);
      if (verdict.kind !== 'select') throw new OperationError('invalid', 'only queries are looked at');
      const plan = await planOf(database, query, verdict, signal);
      queries.push({ query, cost: plan['Total Cost'], note: null });
      for (const candidate of candidatesOf(statement)) {
        const proposed = await propose(database, candidate, plan, signal);
        if (proposed) merge(advice, proposed, position);
      }
    } catch (error) {
      if (signal.aborted || !(error instanceof OperationError) || error.kind === 'unavailable') throw error;
      queries.push({ query, cost: null, note: error.message });
    }
  }
  const sorted = [...advice.values()].sort((one, other) => (other.costBefore ?? 0) - (one.costBefore ?? 0));
  return { method: METHOD, advice: sorted, queries };
}

/** Those that read tables for which there can be an index, which the gateway's own questions to the catalog don't. */
async function expensiveQueries(database: Database, guard: SqlGuard, signal: AbortSignal): Promise<string[]> {
  const { queries } = await topQueries(database, { database: database.name, sort: 'total', limit: 100 }, signal);
  const found: string[] = [];
  for (const { query } of queries) {
    if (!/^\s*(select|with)\b/i.test(query)) continue;
    // what is not understood stays, and its note says why
    const statement = await guard.statement(query).catch(() => undefined);
    if (!statement || readsOwnTables(statement)) found.push(query);
    if (found.length === TOP) break;
  }
  return found;
}

/** With parameters, the plan that fits any values, since none are known. */
async function planOf(
  database: Database,
  query: string,
  { parameters, functions }: Verdict,
  signal: AbortSignal,
): Promise<Plan> {
  const values = Array.from({ length: parameters }, () => 'NULL').join(', ');
  const explained = parameters === 0 ? query : `EXECUTE advised (${values})`;
  const prelude = ['SET plan_cache_mode = force_generic_plan', `PREPARE advised AS ${query}`];
  const { rows } = await database.read(
    {
      text: `EXPLAIN (FORMAT JSON) ${explained}`,
      functions,
      parse: parsePlan,
      ...PLAN_LIMITS,
      ...(parameters > 0 && { prelude }),
    },
    signal,
  );
  const [{ Plan: plan } = { Plan: undefined }] = rows[0]?.['QUERY PLAN'] as { Plan?: Plan }[];
  if (!plan) throw new OperationError('failed', 'PostgreSQL gave no plan');
  return plan;
}

async function propose(
  database: Database,
  candidate: Candidate,
  plan: Plan,
  signal: AbortSignal,
): Promise<Advice | undefined> {
  const scan = scansOf(plan).find((node) => node['Relation Name'] === candidate.table);
  if (!scan) return undefined;
  const { rows } = await database.ask(TABLE, [candidate.table, candidate.schema ?? null], signal);
  const facts = rows[0] as TableFacts | undefined;
  if (!facts || facts.rows < WORTH_AN_INDEX_ROWS) return undefined;

  const wanted = [...candidate.equal, ...candidate.ordered.slice(0, 1)].filter((column) =>
    Object.hasOwn(facts.columns, column),
  );
  const columns = [...new Set(wanted)].slice(0, MAX_COLUMNS);
  if (columns.length === 0 || facts.indexes.some((index) => coversAll(index, columns))) return undefined;
  const quoted = columns.map((column) => facts.columns[column]);
  return {
    table: facts.schema === 'public' ? facts.name : `${facts.schema}.${facts.name}`,
    columns,
    statement: `CREATE INDEX ON ${facts.quoted} (${quoted.join(', ')})`,
    reason: `About ${facts.rows} rows are read from end to end to find those that match ${columns.join(', ')}, and no index begins with these columns`,
    costBefore: plan['Total Cost'],
    costAfter: null,
    queries: [],
  };
}

function scansOf(plan: Plan): Plan[] {
  const below = (plan.Plans ?? []).flatMap(scansOf);
  return plan['Node Type'].endsWith('Seq Scan') ? [plan, ...below] : below;
}

/** Whether an index begins with the columns; those compared for equality may stand in any order. */
function coversAll(index: readonly string[], columns: readonly string[]): boolean {
  const first = new Set(index.slice(0, columns.length).map((column) => column.replace(/^"(.*)"$/, '$1')));
  return columns.every((column) => first.has(column));
}

function merge(advice: Map<string, Advice>, proposed: Advice, position: number): void {
  const known = advice.get(proposed.statement) ?? proposed;
  known.queries.push(position);
  known.costBefore = Math.max(known.costBefore ?? 0, proposed.costBefore ?? 0);
  advice.set(proposed.statement, known);
}
