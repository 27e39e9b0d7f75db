import { OperationError } from '#libs/kit';

/** Throws `invalid`, naming the argument, where one of the texts in it is longer than that. */
export function refuseLongTexts(input: unknown, most: number, path = ''): void {
  if (typeof input === 'string' && input.length > most) {
    const expected = `at most ${most} characters`;
    const got = `${input.length} characters`;
    throw new OperationError('invalid', `${path}: expected ${expected}, got ${got}; give it in parts`, {
      issues: [{ path, expected, got }],
    });
  }
  if (typeof input !== 'object' || input === null) return;
  for (const name of Object.keys(input)) {
    const member = (input as Record<string, unknown>)[name];
    const isText = typeof member === 'string';
    if (isText ? member.length > most : typeof member === 'object') {
      refuseLongTexts(member, most, path ? `${path}.${name}` : name);
    }
  }
}
