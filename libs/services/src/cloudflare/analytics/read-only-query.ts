import { GraphQLError } from 'graphql/error/GraphQLError.js';
import { OperationTypeNode } from 'graphql/language/ast.js';
import { Kind } from 'graphql/language/kinds.js';
import { parse } from 'graphql/language/parser.js';
import { invalidField } from '#libs/kit';

/** The parser calls itself for each level: far more tokens than these could nest deeper than its stack. */
const MAX_TOKENS = 2_000;

/** Throws `invalid` for a text that is anything but one GraphQL query, with its fragments. */
export function requireQuery(text: string): void {
  const operations = definitionsOf(text).flatMap((each) => (each.kind === Kind.OPERATION_DEFINITION ? [each] : []));
  const other = operations.find(({ operation }) => operation !== OperationTypeNode.QUERY);
  if (other) throw invalidField('query', 'a query, which only reads', `a ${other.operation}`);
  if (operations.length !== 1) throw invalidField('query', 'one query', `${operations.length} of them`);
}

function definitionsOf(text: string) {
  try {
    return parse(text, { maxTokens: MAX_TOKENS, noLocation: true }).definitions;
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    const [at] = error.locations ?? [];
    const where = at ? ` in line ${at.line}, column ${at.column}` : '';
    throw invalidField('query', 'GraphQL', `${error.message}${where}`);
  }
}
