import type { Rule } from './rule.js';
import type { Verdict } from './standing.js';

type OpenVerdict = Extract<Verdict, { kind: 'allowed' | 'conditional' }>;

/** What becomes of a call whose arguments are known; `by` is the rule that denies it, where there is one. */
export function decidedWith(
  verdict: OpenVerdict,
  resolved: () => Record<string, unknown>,
): { allowed: true } | { allowed: false; by?: Rule } {
  if (verdict.kind === 'allowed' && verdict.denies.length === 0) return { allowed: true };
  const input = resolved();
  const by = verdict.denies.find((rule) => rule.applies(input));
  if (by) return { allowed: false, by: by.rule };
  return { allowed: verdict.kind === 'allowed' || verdict.allows.some((rule) => rule.applies(input)) };
}
