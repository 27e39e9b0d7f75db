import type { CallerBudget } from '#libs/kit';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MONTH_DAYS = 30;

/** What is counted in a span of time. */
export type WindowName = 'perMinute' | 'perHour' | 'tokensPerDay' | 'tokensPerMonth' | 'costPerDay' | 'costPerMonth';

/** What calls have used up when they are over; the longest first. */
export const spendings = ['costPerMonth', 'tokensPerMonth', 'costPerDay', 'tokensPerDay'] as const;
export type Spending = (typeof spendings)[number];

/** The longest first, so that of two refusals that end together the one that is harder to wait for is told. */
export const windowNames: readonly WindowName[] = [...spendings, 'perHour', 'perMinute'];

/** In milliseconds; the minute is a setting. */
export const windowMs: Record<Exclude<WindowName, 'perMinute'>, number> = {
  perHour: HOUR_MS,
  tokensPerDay: DAY_MS,
  costPerDay: DAY_MS,
  tokensPerMonth: MONTH_DAYS * DAY_MS,
  costPerMonth: MONTH_DAYS * DAY_MS,
};

type LimitName = WindowName | 'concurrency';

/** What may be used, with nothing left open; 0 is no limit. Money is in units (`inUnits`). */
export interface Budget extends Readonly<Record<LimitName, number>> {
  /** The limits of spans that are on, in the order of `windowNames`. */
  readonly on: readonly WindowName[];
  /** For how many days back it asks what was spent; 0 where it limits nothing that is known only when calls are over. */
  readonly days: number;
}

/** Billionths of the currency: sums of whole numbers are exact, and a single token still costs something. */
const UNITS = 1e9;

export function inUnits(money: number): number {
  return Math.round(money * UNITS);
}

/** Whether a limit counts money. */
export function isMoney(name: string): boolean {
  return name === 'costPerDay' || name === 'costPerMonth';
}

/** A number of a budget as people write it: money to a millionth of the currency. */
export function asWritten(name: LimitName, used: number): number {
  return isMoney(name) ? Math.round(used / (UNITS / 1e6)) / 1e6 : used;
}

/** A budget as it was written. */
export function budgetOf(written: CallerBudget): Budget {
  const limits = {
    perMinute: written.perMinute ?? 0,
    perHour: written.perHour ?? 0,
    concurrency: written.concurrency ?? 0,
    tokensPerDay: written.tokensPerDay ?? 0,
    tokensPerMonth: written.tokensPerMonth ?? 0,
    costPerDay: inUnits(written.costPerDay ?? 0),
    costPerMonth: inUnits(written.costPerMonth ?? 0),
  };
  return { ...limits, on: windowNames.filter((name) => limits[name] > 0), days: daysOf(limits) };
}

export const unlimited = budgetOf({});

function daysOf({ tokensPerDay, tokensPerMonth, costPerDay, costPerMonth }: Record<LimitName, number>): number {
  if (tokensPerMonth > 0 || costPerMonth > 0) return MONTH_DAYS;
  return tokensPerDay > 0 || costPerDay > 0 ? 1 : 0;
}
