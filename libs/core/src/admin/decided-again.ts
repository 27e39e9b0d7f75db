import type { CatalogOperation } from '../catalog/catalog-entry.js';
import type { CallsAlike } from '../observability/audit/past-calls.js';
import { MASK } from '../observability/secret-shapes.js';
import { isOtherwise, type Decision, type Outcome } from './decision.js';

export interface DecidedAgain {
  count: number;
  before: Outcome;
  after: Outcome;
  because: string[];
}

interface Decided {
  was: Decision;
  is: Decision;
}

/** What the audit writes where it left something out. */
const LEFT_OUT = /… \(\d+ characters\)|… \d+ more items|"…":|\[\d+ items\]|\{…\}|"note":"left out/;

/**
 * Calls of one operation by one caller that would be decided otherwise, those together that would be so alike.
 *
 * @param count how many calls there were
 * @param alike those of them whose arguments are known; by these they are decided where the audit shows all of them
 */
export function decidedAgain(
  count: number,
  alike: readonly CallsAlike[],
  operation: CatalogOperation,
  again: (input?: Record<string, unknown>) => Decided,
): DecidedAgain[] {
  const found = new Map<string, DecidedAgain>();
  const add = (calls: number, { was, is }: Decided) => {
    if (calls <= 0 || !isOtherwise(was, is)) return;
    const key = JSON.stringify([was.outcome, is.outcome, is.because]);
    const known = found.get(key);
    if (known) known.count += calls;
    else found.set(key, { count: calls, before: was.outcome, after: is.outcome, because: is.because });
  };
  let untold = count;
  for (const { arguments: text, count: calls } of alike) {
    const input = inputOf(text, operation);
    if (!input) continue;
    untold -= calls;
    add(calls, again(input));
  }
  add(untold, again());
  return [...found.values()];
}

/** Undefined where the audit does not show all of it, or it never was a call. */
function inputOf(text: string, operation: CatalogOperation): Record<string, unknown> | undefined {
  if (text.includes(MASK) || LEFT_OUT.test(text)) return undefined;
  const parsed = operation.input.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : undefined;
}
