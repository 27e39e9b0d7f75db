import type { z } from 'zod';
import { OperationError, type InputIssue } from '#libs/kit';
import { isSecretName } from '../observability/secret-names.js';

/** Longest text that an issue quotes back. */
const QUOTED_CHARACTERS = 40;

/** What zod says where a schema says nothing. */
const UNSAID = 'Invalid input';

/** In words, where the pattern tells people nothing. */
const formats: Readonly<Record<string, string>> = {
  date: 'a date, as in ISO 8601',
  datetime: 'a time with its zone, as in ISO 8601',
};

/** Turns a schema's refusal into one error that names every bad field, what was expected and what came. */
export function invalidInput(error: z.ZodError, input: unknown): OperationError {
  const issues = error.issues.flatMap((issue) => readIssue(issue, input));
  const message = issues.map(({ path, expected, got }) => `${path}: expected ${expected}, got ${got}`).join('; ');
  return new OperationError('invalid', message, { issues });
}

function readIssue(issue: z.core.$ZodIssue, input: unknown): InputIssue[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: pathText([...issue.path, key]),
      expected: 'no such member',
      got: gotAt(input, [...issue.path, key]),
    }));
  }
  return [{ path: pathText(issue.path), expected: expectation(issue), got: gotAt(input, issue.path) }];
}

/** What stands under the name of a secret is not quoted: errors are written down. */
function gotAt(input: unknown, path: readonly PropertyKey[]): string {
  const value = valueAt(input, path);
  const isSecret = path.some((step) => typeof step === 'string' && isSecretName(step));
  return isSecret && typeof value !== 'object' && value !== undefined ? 'another value' : describe(value);
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return article(issue.expected);
    case 'invalid_value':
      return `${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    case 'too_small':
      return `${issue.exact ? 'exactly' : issue.inclusive ? 'at least' : 'more than'} ${amount(issue.minimum, issue.origin)}`;
    case 'too_big':
      return `${issue.exact ? 'exactly' : issue.inclusive ? 'at most' : 'less than'} ${amount(issue.maximum, issue.origin)}`;
    case 'invalid_format':
      return formats[issue.format] ?? `text in the form ${issue.pattern ?? issue.format}`;
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`;
    case 'invalid_union': {
      if (issue.message !== UNSAID) return issue.message;
      const expected = issue.errors.flatMap(([first]) => (first ? [expectation(first)] : []));
      return expected.length > 0 ? [...new Set(expected)].join(', or ') : issue.message;
    }
    case 'invalid_key':
    case 'invalid_element':
    case 'unrecognized_keys':
    case 'custom':
      return issue.message;
    default:
      return (issue satisfies never as z.core.$ZodIssue).message;
  }
}

function amount(limit: number | bigint, origin: string): string {
  if (origin === 'string') return `${limit} characters`;
  if (origin === 'array' || origin === 'set') return `${limit} items`;
  return String(limit);
}

function article(type: string): string {
  if (type === 'int') return 'a whole number';
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

function pathText(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'arguments';
  return path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : `${text}${text && '.'}${String(step)}`),
    '',
  );
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[step] : undefined,
    input,
  );
}

/** A value in few words, for the `got` of an issue. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'string' && value.length > QUOTED_CHARACTERS) return `text of ${value.length} characters`;
  return JSON.stringify(value);
}
