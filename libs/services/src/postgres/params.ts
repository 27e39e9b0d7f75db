import { invalidField } from '#libs/kit';

/** Counts the values for `$n` here, since the server's word for a wrong count is a protocol violation. */
export function requireParams<T extends { parameters: number }>(statement: T, params: readonly unknown[]): T {
  const { parameters } = statement;
  if (parameters !== params.length) {
    const expected = parameters === 1 ? '1 value, for $1' : `${parameters} values`;
    throw invalidField('params', expected, `${params.length}`);
  }
  for (const [at, value] of params.entries()) requireExact(value, `params.${at}`);
  return statement;
}

/** Refuses what would reach the database as another value than the caller wrote. */
function requireExact(value: unknown, path: string): void {
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw invalidField(path, 'a number this large as text, such as "9007199254740993"', 'a number that is not exact');
  }
  if (typeof value === 'string' && /\p{Surrogate}/u.test(value)) {
    throw invalidField(path, 'well-formed Unicode text', 'half of a surrogate pair');
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, child] of Object.entries(value)) requireExact(child, `${path}.${key}`);
}
