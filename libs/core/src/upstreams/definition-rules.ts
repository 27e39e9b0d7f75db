import type { Params } from './connection.js';
import { visible, withVisibleTexts } from './text-cleaning.js';
import type { Definition } from './upstream.js';

const MAX_SCHEMA_BYTES = 64 * 1024;
const MAX_DEFINITION_BYTES = 256 * 1024;
const MAX_DEPTH = 64;
const MAX_NAME = 256;

/** Members of a schema that hold data, not schemas. */
const data = new Set(['default', 'const', 'enum', 'examples']);

/** A definition as it may be shown, or why it may not. */
export type Judged = { readonly definition: Definition } | { readonly refused: string };

/** Judges a tool. What agents read loses its invisible characters; the name is kept, since the upstream knows it so. */
export function judgeTool(given: unknown): Judged {
  const judged = judgeListed(given);
  if ('refused' in judged) return judged;
  const { inputSchema, outputSchema } = judged.definition;
  if (!isObject(inputSchema)) return { refused: 'it has no input schema' };
  for (const schema of [inputSchema, outputSchema]) {
    if (schema === undefined) continue;
    if (!isObject(schema)) return { refused: 'its output schema is none' };
    if (Buffer.byteLength(JSON.stringify(schema)) > MAX_SCHEMA_BYTES) return { refused: 'a schema is over 64 KiB' };
    if (refersElsewhere(schema)) return { refused: 'a schema refers to a remote one' };
  }
  return judged;
}

/** Judges anything that is listed under a name. */
export function judgeListed(given: unknown): Judged {
  if (!isObject(given)) return { refused: 'it is no definition' };
  const { name } = given;
  if (typeof name !== 'string' || name === '' || name.length > MAX_NAME) return { refused: 'it has no usable name' };
  if (/[\p{Cc}\p{Cs}]/u.test(name) || visible(name) === '') return { refused: 'its name holds control characters' };
  if (isDeep(given)) return { refused: `it is nested deeper than ${MAX_DEPTH}` };
  if (Buffer.byteLength(JSON.stringify(given)) > MAX_DEFINITION_BYTES) return { refused: 'it is over 256 KiB' };
  return { definition: withVisibleTexts(given) as Definition };
}

function isDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) return true;
    level = level.flatMap((each) =>
      typeof each === 'object' && each !== null ? (Object.values(each) as unknown[]) : [],
    );
  }
  return false;
}

function refersElsewhere(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.some(refersElsewhere);
  if (!isObject(schema)) return false;
  return Object.entries(schema).some(([name, member]) => {
    if (name === '$ref' || name === '$dynamicRef') {
      if (typeof member === 'string') return !member.startsWith('#');
    }
    return !data.has(name) && refersElsewhere(member);
  });
}

function isObject(value: unknown): value is Params {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
