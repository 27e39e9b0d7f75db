import { expect, it } from 'vitest';
import { z } from 'zod';
import { invalidInput } from './input-issues.js';

it.each([
  ['each of what may be given', z.union([z.number(), z.boolean()]), 'a number, or a boolean'],
  ['once what several have in common', z.union([z.string().min(3), z.string().max(0)]), 'a string'],
])('tells %s', (_, value, expected) => {
  const given = { value: {} };
  const { error } = z.object({ value }).safeParse(given);
  expect(invalidInput(error!, given).message).toBe(`value: expected ${expected}, got an object`);
});
