import { isObject } from '../../config/flat-keys.js';

export type Scalar = string | number | boolean;

export function isScalar(value: unknown): value is Scalar {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

/** A value that is not there. */
export const MISSING = Symbol('missing');

/**
 * What stands under a dotted name, in every entry of the lists on the way. A member whose own name has dots counts as
 * well: nobody knows which of the two is read in the end.
 */
export function valuesAt(name: string, input: Record<string, unknown>): unknown[] {
  const found = [...below(input, name.split('.'))];
  return name.includes('.') && Object.hasOwn(input, name) ? [...found, ...flat(input[name])] : found;
}

function* below(value: unknown, path: readonly string[]): Iterable<unknown> {
  const [name, ...rest] = path;
  if (name === undefined) yield* flat(value);
  else if (Array.isArray(value)) for (const entry of value) yield* below(entry, path);
  else if (isObject(value) && Object.hasOwn(value, name)) yield* below(value[name], rest);
  else yield MISSING;
}

function* flat(value: unknown): Iterable<unknown> {
  if (Array.isArray(value)) for (const entry of value) yield* flat(entry);
  else yield value ?? MISSING;
}
