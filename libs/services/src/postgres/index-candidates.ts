import { membersBelow, type Statement } from './sql-tree.js';

/** Columns of one table by which a statement looks for rows, as far as its text tells. */
export interface Candidate {
  /** As the statement writes it: with its schema or without. */
  schema: string | undefined;
  table: string;
  /** Compared for equality, also with a column of another table. */
  equal: string[];
  /** Compared otherwise, or sorted by. */
  ordered: string[];
}

interface Node {
  [member: string]: unknown;
}

const rangeOperators = new Set(['<', '<=', '>', '>=']);

/**
 * Reads which columns a query filters, joins and sorts by. A column without its table's name counts for the only table
 * there is, else for none: which of several has it only the database knows.
 */
export function candidatesOf({ body }: Statement): Candidate[] {
  const members = [...membersBelow(body)];
  const tables = new Map<string, Candidate>();
  for (const [key, child] of members) {
    if (key !== 'RangeVar') continue;
    const { schemaname, relname, alias } = child as {
      schemaname?: string;
      relname: string;
      alias?: { aliasname: string };
    };
    const known = alias?.aliasname ?? relname;
    tables.set(known, { schema: schemaname, table: relname, equal: [], ordered: [] });
  }
  const note = (reference: unknown, how: 'equal' | 'ordered') => {
    const path = columnPath(reference);
    const column = path?.at(-1);
    if (!path || column === undefined) return;
    const owner =
      path.length > 1 ? tables.get(path.at(-2) ?? '') : tables.size === 1 ? [...tables.values()][0] : undefined;
    if (owner && !owner[how].includes(column)) owner[how].push(column);
  };
  for (const [key, child] of members) {
    if (key === 'A_Expr') noteComparison(child as Node, note);
    if (key === 'SortBy') note((child as Node).node, 'ordered');
  }
  return [...tables.values()].filter(({ equal, ordered }) => equal.length + ordered.length > 0);
}

/** Whether a query reads any table that is not PostgreSQL's own, as far as its text tells. */
export function readsOwnTables({ body }: Statement): boolean {
  const members = [...membersBelow(body)];
  const named = new Set(
    members.filter(([key]) => key === 'CommonTableExpr').map(([, child]) => (child as { ctename: string }).ctename),
  );
  return members.some(([key, child]) => {
    if (key !== 'RangeVar') return false;
    const { schemaname, relname } = child as { schemaname?: string; relname: string };
    if (schemaname === undefined) return !named.has(relname) && !relname.startsWith('pg_');
    return schemaname !== 'information_schema' && !schemaname.startsWith('pg_');
  });
}

function noteComparison({ kind, name, lexpr, rexpr }: Node, note: (side: unknown, how: 'equal' | 'ordered') => void) {
  const operator = (name as { String: { sval: string } }[] | undefined)?.at(-1)?.String.sval ?? '';
  const equality = operator === '=' && ['AEXPR_OP', 'AEXPR_IN', 'AEXPR_OP_ANY'].includes(String(kind));
  const between = kind === 'AEXPR_BETWEEN';
  if (!equality && !between && !(kind === 'AEXPR_OP' && rangeOperators.has(operator))) return;
  for (const side of [lexpr, rexpr]) note(side, equality ? 'equal' : 'ordered');
}

function columnPath(reference: unknown): string[] | undefined {
  const fields = (reference as { ColumnRef?: { fields: { String?: { sval: string } }[] } } | undefined)?.ColumnRef
    ?.fields;
  const path = fields?.map((field) => field.String?.sval);
  return path?.every((part) => part !== undefined) ? path : undefined;
}
