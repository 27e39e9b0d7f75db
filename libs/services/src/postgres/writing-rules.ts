import { isDenied } from './denied-functions.js';
import {
  functionName,
  jsonParameter,
  membersBelow,
  parameterNumber,
  refused,
  statementName,
  type Statement,
} from './sql-tree.js';

/** What a change that may run is made of. */
export interface Change {
  /** It changes what tables there are or how they are made, not rows. */
  definition: boolean;
  /** The highest `$n`; 0 without parameters. */
  parameters: number;
  /** The n of each `$n` that is cast to JSON. */
  json: ReadonlySet<number>;
}

const rowStatements = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt', 'SelectStmt']);

/** Each with the member that tells what kind of object it is about, where it can be about several. */
const definitions = new Map<string, string | undefined>([
  ['CreateStmt', undefined],
  ['CreateTableAsStmt', undefined],
  ['IndexStmt', undefined],
  ['ViewStmt', undefined],
  ['CreateSchemaStmt', undefined],
  ['CreateSeqStmt', undefined],
  ['AlterSeqStmt', undefined],
  ['CreateEnumStmt', undefined],
  ['AlterEnumStmt', undefined],
  ['CompositeTypeStmt', undefined],
  ['CreateDomainStmt', undefined],
  ['AlterDomainStmt', undefined],
  ['CreateStatsStmt', undefined],
  ['RefreshMatViewStmt', undefined],
  ['ReindexStmt', undefined],
  ['TruncateStmt', undefined],
  ['AlterTableStmt', 'objtype'],
  ['AlterObjectSchemaStmt', 'objectType'],
  ['CommentStmt', 'objtype'],
  ['DropStmt', 'removeType'],
  ['RenameStmt', 'renameType'],
]);

/** What definitions may be about: no functions, roles, servers, extensions or access rules. */
const objects = new Set(
  'TABLE VIEW MATVIEW INDEX SEQUENCE TYPE DOMAIN SCHEMA STATISTIC_EXT COLUMN ATTRIBUTE TABCONSTRAINT DOMCONSTRAINT'
    .split(' ')
    .map((object) => `OBJECT_${object}`),
);

const changing =
  'one statement that changes rows (INSERT, UPDATE, DELETE, MERGE, SELECT) or, with the permission "admin", defines tables, indexes, views, sequences, types or schemas';

/** First words with which statements of `definitions` begin in PostgreSQL's grammar. */
const definingWords = /^(create|alter|drop|truncate|comment|refresh|reindex)\b/i;

/**
 * Whether a text defines rather than changes rows, as far as its first word tells: known without waiting for the parser,
 * so that the permission is asked before anything else happens. `judgeChange` refuses a definition that this overlooked.
 */
export function looksLikeDefinition(sql: string): boolean {
  return definingWords.test(sql.slice(startOf(sql)));
}

/** Skips blanks and comments, which nest. */
function startOf(sql: string): number {
  let at = 0;
  for (;;) {
    if (/\s|;/.test(sql.charAt(at))) at++;
    else if (sql.startsWith('--', at)) at = endOf(/[\r\n]|$/g, sql, at);
    else if (sql.startsWith('/*', at)) at = endOfComment(sql, at);
    else return at;
  }
}

function endOf(pattern: RegExp, sql: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.exec(sql)?.index ?? sql.length;
}

function endOfComment(sql: string, from: number): number {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = from;
  let depth = 0;
  for (let mark = marks.exec(sql); mark; mark = marks.exec(sql)) {
    depth += mark[0] === '/*' ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  return sql.length;
}

/** Lets a statement pass only if it may run in a transaction of its own and leaves the session as it is. */
export function judgeChange({ kind, body }: Statement, sql: string): Change {
  const definition = definitions.has(kind);
  if (!definition && !rowStatements.has(kind)) throw refused(changing, statementName(kind));
  if (definition) judgeDefinition(kind, body, sql);

  let parameters = 0;
  const json = new Set<number>();
  for (const [key, child] of membersBelow(body)) {
    if (key === 'intoClause') throw refused('SELECT without INTO (CREATE TABLE AS does the same)', 'SELECT INTO');
    if (key === 'relpersistence' && child === 't') throw refused('a table that stays', 'a temporary one');
    if (key === 'newowner' || key === 'authrole') throw refused("the gateway's own role as owner", 'another role');
    if (/^[A-Z].*Stmt$/.test(key) && !mayStandInside(key, definition)) {
      throw refused(changing, `${statementName(key)} inside ${statementName(kind)}`);
    }
    if (key === 'ParamRef') parameters = Math.max(parameters, parameterNumber(child));
    const cast = key === 'TypeCast' ? jsonParameter(child) : undefined;
    if (cast !== undefined) json.add(cast);
    if (key === 'FuncCall') {
      const { schema, name } = functionName(child);
      if (isDenied(schema, name)) throw refused('functions that act on rows alone', `${name}()`);
    }
  }
  return { definition, parameters, json };
}

function judgeDefinition(kind: string, body: unknown, sql: string): void {
  const about = definitions.get(kind);
  if (about !== undefined) {
    const object = String((body as Record<string, unknown>)[about]);
    if (!objects.has(object)) {
      const name = object.replace('OBJECT_', '').replaceAll('_', ' ');
      throw refused(changing, `${statementName(kind)} of a ${name.toLowerCase()}`);
    }
  }
  if ((body as { concurrent?: boolean }).concurrent) {
    throw refused('a statement that can run in a transaction', `${statementName(kind)} CONCURRENTLY`);
  }
  if (!looksLikeDefinition(sql)) throw refused('a definition that begins with its own word', statementName(kind));
}

function mayStandInside(kind: string, definition: boolean): boolean {
  return kind === 'SelectStmt' || (!definition && rowStatements.has(kind));
}
