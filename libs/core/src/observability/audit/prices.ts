import { z } from 'zod';

const price = z.number().min(0).max(1e9);
const rates = { perCall: price.optional(), perMillionTokens: price.optional() };

/** What calls cost. A service with prices of its own takes those that it names, and the general ones for the rest. */
export const prices = z.strictObject({
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .default('USD'),
  ...rates,
  services: z.record(z.string(), z.strictObject(rates)).default({}),
});

export type Prices = z.output<typeof prices>;

/** The cost of some calls of one service, in the table's currency. */
export function costOf(table: Prices, service: string, calls: number, tokens: number): number {
  const own = Object.hasOwn(table.services, service) ? table.services[service] : undefined;
  const perCall = own?.perCall ?? table.perCall ?? 0;
  const perMillionTokens = own?.perMillionTokens ?? table.perMillionTokens ?? 0;
  return calls * perCall + (tokens / 1e6) * perMillionTokens;
}
