import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { buildSchema, executeSync, parse, validate } from 'graphql';

const schema = buildSchema(readFileSync(new URL('schema.graphql', import.meta.url), 'utf8'));

interface GraphqlCall {
  query: string;
  variables: Record<string, unknown>;
}

/** What in a query is against GitHub's schema. */
export function problemsOfQuery({ query }: GraphqlCall): string[] {
  return validate(schema, parse(query)).map(({ message }) => message);
}

/** What in the data of an answer is against it, or was not asked for. */
export function problemsOfData({ query, variables }: GraphqlCall, data: object): string[] {
  const { data: told, errors = [] } = executeSync({
    schema,
    document: parse(query),
    rootValue: data,
    variableValues: variables,
    typeResolver: () => 'User',
  });
  const isSame = isDeepStrictEqual(JSON.parse(JSON.stringify(told)), JSON.parse(JSON.stringify(data)));
  return [...errors.map(({ message }) => message), ...(isSame ? [] : ['it holds more or less than was asked for'])];
}
