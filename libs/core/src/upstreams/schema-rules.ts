import type { Params } from './connection.js';
import { hides, visible, withVisibleTexts } from './text-cleaning.js';

/** A schema as it may be shown, or why it may not. */
type JudgedSchema = { readonly schema: Params } | { readonly refused: string };

/** What the names in an object are: keywords of a schema, names that its author chose, or part of a value. */
type Place = 'schema' | 'names' | 'data';

const named = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas', 'dependencies']);
const data = new Set(['default', 'const', 'enum', 'examples']);
/** Written for readers; every other text is one that a call sends back or that calls are checked by. */
const read = new Set(['title', 'description', '$comment']);
const references = new Set(['$ref', '$dynamicRef', '$recursiveRef']);
const DIALECT = /^https?:\/\/json-schema\.org\//;

/** Judges a schema: it leads nowhere else, and what is read in it loses its invisible characters. */
export function judgeSchema(given: Params): JudgedSchema {
  let refused: string | undefined;
  const schema = cleaned(given, 'schema', false, (reason) => (refused ??= reason)) as Params;
  return refused === undefined ? { schema } : { refused };
}

/** `isEmbedded`: below an `$id` of its own, where also `#…` is an address elsewhere to those that don't know it. */
function cleaned(value: unknown, place: Place, isEmbedded: boolean, refuse: (reason: string) => void): unknown {
  if (typeof value === 'string' && hides(value)) refuse('a schema hides characters in a value');
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => within(each, place, isEmbedded, refuse));
  const members = Object.entries(value).map(([name, member]: [string, unknown]) => {
    if (hides(name)) refuse('a schema hides characters in a name');
    // wherever it stands: a pointer leads into data too, and some resolve all that looks like a reference
    if (references.has(name) && typeof member === 'string' && (isEmbedded || !member.startsWith('#'))) {
      refuse('a schema refers to a remote one');
    }
    if (place !== 'schema') return [name, within(member, place === 'names' ? 'schema' : 'data', isEmbedded, refuse)];
    if (name === '$schema' && typeof member === 'string' && !DIALECT.test(member)) {
      refuse('a schema names a dialect that is not of json-schema.org');
    }
    if (read.has(name) && typeof member === 'string') return [name, visible(member)];
    const shown = name === 'examples' ? withVisibleTexts(member) : member;
    return [name, within(shown, named.has(name) ? 'names' : data.has(name) ? 'data' : 'schema', isEmbedded, refuse)];
  });
  return Object.fromEntries(members);
}

function within(value: unknown, place: Place, isEmbedded: boolean, refuse: (reason: string) => void): unknown {
  return cleaned(value, place, isEmbedded || hasAddress(value), refuse);
}

/** What starts with # is a name within the same schema. */
function hasAddress(value: unknown): boolean {
  const { $id, id } = (value ?? {}) as Params;
  return [$id, id].some((address) => typeof address === 'string' && !address.startsWith('#'));
}
