import { OperationError } from '#libs/kit';
import type { Params } from './connection.js';

/** Of all values that a request's own params put into headers; node's servers take 16 KiB of headers in all. */
const MAX_VALUE_BYTES = 8 * 1024;

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Visible ASCII, with spaces and tabs between: all that a header carries unchanged. */
const PLAIN = /^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/;
const ENCODED = /^=\?base64\?.*\?=$/;
const mirroredTypes = new Set(['string', 'integer', 'boolean']);
/** Members of a params object that `Mcp-Name` repeats. */
const named = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
]);

interface Mirrored {
  readonly header: string;
  readonly path: readonly string[];
}

const mirroredOf = new WeakMap<Params, readonly Mirrored[]>();

/**
 * The headers in which a request of 2026-07-28 repeats what it asks for: `Mcp-Method`, `Mcp-Name`, and `Mcp-Param-*` for
 * the arguments that `inputSchema` marks with `x-mcp-header`. Throws `invalid` where the values are too long for headers.
 */
export function mirroringHeaders(
  method: string,
  params: Params,
  inputSchema: Params | undefined,
): Record<string, string> {
  const headers: Record<string, string> = { 'mcp-method': method };
  const member = named.get(method);
  if (member === undefined) return headers;
  const name = params[member];
  if (typeof name === 'string') headers['mcp-name'] = encodeHeaderValue(name);
  if (inputSchema && method === 'tools/call') {
    for (const [header, text] of argumentTexts(inputSchema, params.arguments)) {
      if (text !== undefined) headers[header] = encodeHeaderValue(text);
    }
  }
  const bytes = Object.values(headers).reduce((sum, { length }) => sum + length, 0);
  if (bytes > MAX_VALUE_BYTES) {
    throw new OperationError(
      'invalid',
      `The name or the arguments that go into headers are over ${MAX_VALUE_BYTES} bytes`,
    );
  }
  return headers;
}

/** The headers that a schema wants arguments in, each with what the argument is as a text; undefined where there is none. */
export function argumentTexts(inputSchema: Params, input: unknown): [header: string, text: string | undefined][] {
  return mirroredArguments(inputSchema).map(({ header, path }) => [header, textOf(valueAt(input, path))]);
}

/** A text as a header can hold it: unchanged, or in base64 between `=?base64?` and `?=`. */
export function encodeHeaderValue(text: string): string {
  if (PLAIN.test(text) && !ENCODED.test(text)) return text;
  return `=?base64?${Buffer.from(text).toString('base64')}?=`;
}

function mirroredArguments(inputSchema: Params): readonly Mirrored[] {
  let found = mirroredOf.get(inputSchema);
  if (!found) {
    found = marksOf(inputSchema);
    mirroredOf.set(inputSchema, found);
  }
  return found;
}

/** Marks count only where `properties` alone lead to them. A schema with a bad mark has none that a client may use. */
function marksOf(inputSchema: Params): readonly Mirrored[] {
  const marks: Mirrored[] = [];
  const names = new Set<string>();
  const todo: { schema: Params; path: readonly string[] }[] = [{ schema: inputSchema, path: [] }];
  for (let next = todo.pop(); next; next = todo.pop()) {
    const { schema, path } = next;
    if ('x-mcp-header' in schema) {
      const name = schema['x-mcp-header'];
      if (typeof name !== 'string' || !TOKEN.test(name) || path.length === 0) return [];
      if (typeof schema.type !== 'string' || !mirroredTypes.has(schema.type)) return [];
      const header = `mcp-param-${name.toLowerCase()}`;
      if (names.has(header)) return [];
      names.add(header);
      marks.push({ header, path });
    }
    for (const [key, child] of Object.entries(objectOr(schema.properties))) {
      todo.push({ schema: objectOr(child), path: [...path, key] });
    }
  }
  return marks;
}

function valueAt(root: unknown, path: readonly string[]): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Params)[key];
  }
  return value;
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  return Number.isSafeInteger(value) ||
    (typeof value === 'number' && !Number.isInteger(value) && Number.isFinite(value))
    ? String(value)
    : undefined;
}

function objectOr(value: unknown): Params {
  return typeof value === 'object' && value !== null ? (value as Params) : {};
}
