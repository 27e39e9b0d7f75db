import { invalidField, type OperationError } from '#libs/kit';
import type { ParseTree } from './sql-parser.js';

/** One statement as the parser read it: `SelectStmt` and what is in it. */
export interface Statement {
  kind: string;
  body: unknown;
}

export interface CalledFunction {
  schema: string | undefined;
  name: string;
}

export function soleStatement(tree: ParseTree): Statement {
  const statements = tree.stmts ?? [];
  const [only] = statements;
  if (statements.length !== 1 || !only) throw refused('exactly one statement', countOf(statements.length));
  return statementOf(only.stmt);
}

/** The statement in a node that holds nothing else. */
export function statementOf(node: object): Statement {
  const [only] = Object.entries(node) as [string, unknown][];
  return { kind: only?.[0] ?? '', body: only?.[1] };
}

/** Every member below a node, without recursion: the tree is as deep as the caller likes. */
export function* membersBelow(root: unknown): Generator<readonly [key: string, child: unknown]> {
  const open: unknown[] = [root];
  while (open.length > 0) {
    const node = open.pop();
    if (typeof node !== 'object' || node === null) continue;
    for (const [key, child] of Object.entries(node)) {
      yield [key, child];
      open.push(child);
    }
  }
}

export function functionName(call: unknown): CalledFunction {
  const parts = (call as { funcname: { String: { sval?: string } }[] }).funcname.map((part) => part.String.sval ?? '');
  return { schema: parts.at(-2), name: parts.at(-1) ?? '' };
}

/** PostgreSQL's own limit. Whatever counts parameters may make something for each of them. */
const MAX_PARAMETERS = 65_535;

/** The n of a `$n`. */
export function parameterNumber(ref: unknown): number {
  const { number = 0 } = ref as { number?: number };
  if (number > MAX_PARAMETERS) throw refused(`parameters up to $${MAX_PARAMETERS}`, `$${number}`);
  return number;
}

/** The n of a `$n::json` or `$n::jsonb`. */
export function jsonParameter(cast: unknown): number | undefined {
  const { arg, typeName } = cast as {
    arg?: { ParamRef?: unknown };
    typeName: { names: { String: { sval?: string } }[]; arrayBounds?: unknown };
  };
  if (!arg?.ParamRef || typeName.arrayBounds) return undefined;
  const [name, schema] = typeName.names.map((part) => part.String.sval).reverse();
  const isJson = (name === 'json' || name === 'jsonb') && (schema === undefined || schema === 'pg_catalog');
  return isJson ? parameterNumber(arg.ParamRef) : undefined;
}

export function refused(expected: string, got: string): OperationError {
  return invalidField('query', expected, got);
}

function countOf(statements: number): string {
  return statements === 0 ? 'no statement' : `${statements} statements`;
}

const statementNames: Record<string, string> = {
  CreateStmt: 'CREATE TABLE',
  IndexStmt: 'CREATE INDEX',
  ViewStmt: 'CREATE VIEW',
  VariableSetStmt: 'SET',
  TransactionStmt: 'BEGIN, COMMIT or another transaction statement',
  CreateTableAsStmt: 'CREATE TABLE AS',
};

/** `AlterTableStmt` → `ALTER TABLE`. */
export function statementName(kind: string): string {
  const words = kind.replace(/Stmt$/, '').replace(/(?<=[a-z])(?=[A-Z])/g, ' ');
  return statementNames[kind] ?? words.toUpperCase();
}
