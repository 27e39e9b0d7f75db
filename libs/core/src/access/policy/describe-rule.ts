import type { ArgumentTests, ConditionDocument, RuleDocument } from './policy-document.js';

/** The conditions of a rule in words: `when database is "demo" and limit is at most 100`. */
export function describeConditions({ when, unless }: RuleDocument): string {
  const parts = [...(when ? [`when ${describeAll(when)}`] : []), ...(unless ? [`unless ${describeAll(unless)}`] : [])];
  return parts.length > 0 ? parts.join(', ') : 'always';
}

function describeAll(conditions: Record<string, ConditionDocument>): string {
  return Object.entries(conditions)
    .map(([argument, condition]) => `${argument} is ${describe(condition)}`)
    .join(' and ');
}

function describe(condition: ConditionDocument): string {
  const { is, like, under, min, max }: ArgumentTests = condition;
  return [
    ...(is === undefined ? [] : [oneOf(is)]),
    ...(like === undefined ? [] : [`like ${oneOf(like)}`]),
    ...(under === undefined ? [] : [`under ${oneOf(under)}`]),
    ...(min === undefined ? [] : [`at least ${String(min)}`]),
    ...(max === undefined ? [] : [`at most ${String(max)}`]),
  ].join(' and ');
}

function oneOf(values: unknown): string {
  return (values as readonly unknown[]).map((value) => JSON.stringify(value)).join(' or ');
}
