import { z } from 'zod';
import { isPlainName } from '../access/plain-text.js';

const MOST = 1_000_000_000;
const MOST_MONEY = 1_000_000;
const MOST_ENTRIES = 1_000;
const TOO_LONG = `at most ${MOST_ENTRIES} entries`;

const count = z.int().min(0).max(MOST).optional();
const money = z.number().min(0).max(MOST_MONEY).optional();

/** What may be limited, of a key too. 0 lifts a limit. */
export const budgetMembers = {
  perMinute: count,
  perHour: count,
  concurrency: count,
  tokensPerDay: count,
  tokensPerMonth: count,
  costPerDay: money,
  costPerMonth: money,
};

const budget = z.strictObject(budgetMembers);
/** Of all callers together, and of each by itself. */
const shared = z.strictObject({ ...budgetMembers, eachCaller: budget.optional() });

const caller = z
  .string()
  .regex(/^(?:\*|local|jwt:[^\p{Cc}]{1,200})$/u, 'local, jwt:<subject> or *; a key has limits of its own');
const team = z.string().refine(isPlainName, 'the name of a team, or *');
const service = z.string().regex(/^(?:\*|[a-z][a-z0-9_-]{0,99})$/, 'the name of a service, or *');
const operation = z
  .string()
  .regex(/^(?:\*|[a-z][a-z0-9_-]{0,99}\.[^\s\p{Cc}]{1,200})$/u, 'an id such as postgres.query, or *');

const budgets = (name: z.ZodType<string, string>) => z.record(name, budget).refine(isShort, TOO_LONG).default({});
const sharedBudgets = (name: z.ZodType<string, string>) => z.record(name, shared).refine(isShort, TOO_LONG).default({});

/** The setting `limits`. `*` stands for each that has no entry of its own, by itself. */
export const limitDocument = z.strictObject({
  callers: budgets(caller),
  teams: budgets(team),
  services: sharedBudgets(service),
  operations: sharedBudgets(operation),
});

export type LimitDocument = z.output<typeof limitDocument>;
export type SharedDocument = z.output<typeof shared>;

function isShort(entries: object): boolean {
  return Object.keys(entries).length <= MOST_ENTRIES;
}
