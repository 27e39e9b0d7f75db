import { isDeniedToReading } from './denied-functions.js';
import {
  functionName,
  jsonParameter,
  membersBelow,
  parameterNumber,
  refused,
  statementName,
  statementOf,
  type CalledFunction,
  type Statement,
} from './sql-tree.js';

/** What a statement that may run is made of. */
export interface Verdict {
  kind: 'select' | 'explain' | 'show';
  /** The highest `$n`; 0 without parameters. */
  parameters: number;
  /** The n of each `$n` that is cast to JSON. */
  json: ReadonlySet<number>;
  /** Functions that are called by name, each once. */
  functions: CalledFunction[];
}

const reading = 'one statement that only reads (SELECT, VALUES, TABLE, EXPLAIN or SHOW)';

/** Lets a statement pass only if it reads. */
export function judgeReading({ kind, body }: Statement): Verdict {
  if (kind === 'VariableShowStmt') return { kind: 'show', parameters: 0, json: new Set(), functions: [] };
  if (kind === 'SelectStmt') return { kind: 'select', ...examine(body) };
  if (kind === 'ExplainStmt') return { kind: 'explain', ...examine(explained(body)) };
  throw refused(reading, statementName(kind));
}

/** The query under an EXPLAIN that does not run it. */
function explained(body: unknown): unknown {
  const { query, options = [] } = body as { query: object; options?: { DefElem?: ExplainOption }[] };
  if (options.some(({ DefElem: option }) => option?.defname?.toLowerCase() === 'analyze' && !isTurnedOff(option))) {
    throw refused('EXPLAIN without ANALYZE (the operation "explain" has a flag for it)', 'EXPLAIN ANALYZE');
  }
  const inner = statementOf(query);
  if (inner.kind !== 'SelectStmt') throw refused('EXPLAIN of a query', `EXPLAIN of ${statementName(inner.kind)}`);
  return inner.body;
}

interface ExplainOption {
  defname?: string;
  arg?: { String?: { sval?: string }; Integer?: { ival?: number } };
}

/** As PostgreSQL reads it: without a value an option is on. The parser leaves out the number 0. */
function isTurnedOff({ arg }: ExplainOption): boolean {
  if (arg?.Integer) return (arg.Integer.ival ?? 0) === 0;
  return /^(?:false|off)$/i.test(arg?.String?.sval ?? '');
}

function examine(root: unknown): Omit<Verdict, 'kind'> {
  let parameters = 0;
  const json = new Set<number>();
  const functions = new Map<string, CalledFunction>();
  for (const [key, child] of membersBelow(root)) {
    if (key === 'intoClause') throw refused('SELECT without INTO', 'SELECT INTO');
    if (key === 'lockingClause') throw refused('SELECT without a locking clause', 'FOR UPDATE or FOR SHARE');
    if (key.endsWith('Stmt') && key !== 'SelectStmt') throw refused(reading, `${statementName(key)} inside a query`);
    if (key === 'ParamRef') parameters = Math.max(parameters, parameterNumber(child));
    const cast = key === 'TypeCast' ? jsonParameter(child) : undefined;
    if (cast !== undefined) json.add(cast);
    if (key === 'FuncCall') {
      const called = functionName(child);
      if (isDeniedToReading(called.schema, called.name)) throw refused('functions that only read', `${called.name}()`);
      functions.set(`${called.schema ?? ''}.${called.name}`, called);
    }
  }
  return { parameters, json, functions: [...functions.values()] };
}
