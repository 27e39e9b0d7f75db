import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

interface Described {
  query: Record<string, { type: string }>;
  answer?: object;
}

const description = JSON.parse(readFileSync(new URL('description.json', import.meta.url), 'utf8')) as {
  source: string;
  paths: Record<string, Described>;
  definitions: object;
};

/** Text that the SDK itself asks for, without a type for its answer. */
const paths: Record<string, Described> = { ...description.paths, '/_ping': { query: {} } };
const ajv = new Ajv2020({ strict: false, allErrors: true });
const answers = new Map<string, ValidateFunction>(
  Object.entries(paths).flatMap(([path, { answer }]) =>
    answer ? [[path, ajv.compile({ ...answer, definitions: description.definitions })]] : [],
  ),
);

/** What in a request is against the description; a path that it does not know is undefined there too. */
export function problemOfQuery(path: string, query: URLSearchParams): string | undefined {
  const known = paths[path]?.query;
  if (!known) return `${path} is not described`;
  for (const [name, text] of query) {
    const type = known[name]?.type;
    if (type === undefined) return `${path} has no parameter ${name}`;
    if (type === 'boolean' && !/^(true|false)$/.test(text)) return `${path}: ${name} is no boolean`;
    if (type === 'number' && !/^\d+(\.\d+)?$/.test(text)) return `${path}: ${name} is no number`;
  }
  return undefined;
}

/** What in an answer is against the description. An engine writes null for any list or map that is empty, as Go does. */
export function problemOfAnswer(path: string, body: unknown): string | undefined {
  const fits = answers.get(path);
  const told: unknown = JSON.parse(JSON.stringify(body), (_name, value: unknown) => value ?? undefined);
  if (!fits || fits(told)) return undefined;
  return ajv.errorsText(fits.errors, { dataVar: path });
}
