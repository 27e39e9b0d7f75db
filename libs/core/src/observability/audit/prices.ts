import { z } from 'zod';
import { matcherOf } from '../../catalog/patterns.js';
import { canonical } from '../../catalog/names.js';

const price = z.number().min(0).max(1e9);
const members = { perCall: price.optional(), perMillionTokens: price.optional() };
const rates = z.strictObject(members);
/** An id of an operation, with `*` for any letters. */
const pattern = z
  .string()
  .regex(/^[\w.*/-]{1,128}$/, 'an id of an operation, with * for any letters')
  .refine((text) => text.split('*').length <= 4, 'at most three *');

/**
 * What calls cost. An operation takes its price from the longest pattern that names it, what that leaves open from its
 * service, and what that leaves open from the general ones.
 */
export const prices = z.strictObject({
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .default('USD'),
  ...members,
  services: z.record(z.string(), rates).default({}),
  operations: z
    .record(pattern, rates)
    .refine((all) => Object.keys(all).length <= 1_000, 'at most 1000 patterns')
    .default({}),
});

export type Prices = z.output<typeof prices>;
type Rates = z.output<typeof rates>;

/** Calls of one operation. */
export interface PricedCalls {
  readonly service: string;
  readonly operation: string;
  readonly calls: number;
  readonly tokens: number;
}

/** Of operations that were asked for; what does not exist can be asked for under any name. */
const MAX_KNOWN = 10_000;

const lists = new WeakMap<Prices, PriceList>();

/** The cost of some calls, in the table's currency; 0 without a table. */
export function costOf(table: Prices | undefined, { service, operation, calls, tokens }: PricedCalls): number {
  if (!table) return 0;
  let list = lists.get(table);
  if (!list) lists.set(table, (list = new PriceList(table)));
  const { perCall = 0, perMillionTokens = 0 } = list.of(service, operation);
  return calls * perCall + (tokens / 1e6) * perMillionTokens;
}

/** A price table, made ready to be asked by every call. */
class PriceList {
  private readonly patterns: readonly { matcher: RegExp; rates: Rates }[];
  private readonly known = new Map<string, Rates>();

  constructor(private readonly table: Prices) {
    this.patterns = Object.entries(table.operations)
      .sort(([a], [b]) => b.length - a.length)
      .map(([text, own]) => ({ matcher: matcherOf([text]), rates: own }));
  }

  of(service: string, operation: string): Rates {
    const id = `${service}.${operation}`;
    const known = this.known.get(id);
    if (known) return known;
    const found = this.find(service, canonical(id));
    if (this.known.size < MAX_KNOWN) this.known.set(id, found);
    return found;
  }

  private find(service: string, id: string): Rates {
    const { services, perCall, perMillionTokens } = this.table;
    const own = this.patterns.find(({ matcher }) => matcher.test(id))?.rates;
    const general = Object.hasOwn(services, service) ? services[service] : undefined;
    return {
      perCall: own?.perCall ?? general?.perCall ?? perCall,
      perMillionTokens: own?.perMillionTokens ?? general?.perMillionTokens ?? perMillionTokens,
    };
  }
}
