/**
 * A value as PostgreSQL and every JSON reader takes it: without NUL characters and halves of surrogate pairs, which JSON
 * can spell and text columns refuse.
 */
export function storable<T>(value: T): T {
  // JSON.stringify escapes by \u only what is meant here, and control characters
  const json = JSON.stringify(value).replace(/\\(?:u0000|ud[89a-f][0-9a-f]{2}|.)/g, (escape) =>
    escape.length > 2 ? '' : escape,
  );
  return JSON.parse(json) as T;
}
