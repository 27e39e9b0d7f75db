import { expect, it } from 'vitest';
import { z } from 'zod';
import { expiresAt } from '../admin/key-fields.js';
import { logQuery } from '../observability/logs/log-search.js';
import { invalidInput } from './input-issues.js';

it.each([
  ['each of what may be given', z.union([z.number(), z.boolean()]), 'a number, or a boolean'],
  ['once what several have in common', z.union([z.string().min(3), z.string().max(0)]), 'a string'],
])('tells %s', (_, value, expected) => {
  const given = { value: {} };
  const { error } = z.object({ value }).safeParse(given);
  expect(invalidInput(error!, given).message).toBe(`value: expected ${expected}, got an object`);
});

const EITHER = 'a date, or a time with its zone, as in ISO 8601';

it.each<[what: string, schema: z.ZodType, input: unknown, expected: string]>([
  ['the end of a key or a silence', z.object({ at: expiresAt.nullable() }), { at: 'gestern' }, EITHER],
  ['the past', z.object({ at: expiresAt }), { at: '2001-01-01' }, 'a time in the future'],
  ['a place in the log', logQuery, { since: 'nix' }, EITHER],
  ['a time', z.object({ at: z.iso.datetime({ offset: true }) }), { at: 'x' }, 'a time with its zone, as in ISO 8601'],
  ['a date', z.object({ at: z.iso.date() }), { at: 'x' }, 'a date, as in ISO 8601'],
  ['another form', z.object({ at: z.string().regex(/^a$/) }), { at: 'x' }, 'text in the form /^a$/'],
])('tells in words what %s should be', (_what, schema, input, expected) => {
  const { error } = schema.safeParse(input);
  expect(invalidInput(error!, input).details.issues).toMatchObject([{ expected }]);
});

it('takes a date for the end of a key, and for a place in the log', () => {
  expect(expiresAt.parse('2999-01-01')).toEqual(new Date('2999-01-01T00:00:00Z'));
  expect(logQuery.parse({ since: '2026-01-01' }).since).toBe('2026-01-01T00:00:00.000Z');
});
