import type { Caller } from '#libs/kit';
import { because } from '../access/policy/because.js';
import type { CompiledPolicy } from '../access/policy/compiled-policy.js';
import { resolvedInput } from '../access/policy/condition.js';
import type { Verdict } from '../access/policy/standing.js';
import { decidedWith } from '../access/policy/with-arguments.js';
import type { CatalogOperation } from '../catalog/catalog-entry.js';
import { canonical } from '../catalog/names.js';
import { matcherOf } from '../catalog/patterns.js';

/** All of a configuration that decides whether a call is run. */
export interface DecidingConfig {
  readonly policy: CompiledPolicy;
  /** Patterns of operations that need a person. */
  readonly approvals: readonly string[];
  /** What callers without a key hold. */
  readonly localPermissions: readonly string[];
  /** Whether an upstream is used; services of the gateway's own always are. */
  uses(service: string): boolean;
}

export type Outcome = 'allowed' | 'depends on the arguments' | 'needs approval' | 'denied' | 'unknown';

export interface Decision {
  outcome: Outcome;
  because: string[];
}

/** What becomes of a call of an operation, without its arguments as far as that can be told. */
export function decide(
  config: DecidingConfig,
  given: Caller,
  operation: CatalogOperation,
  input?: Record<string, unknown>,
): Decision {
  if (!config.uses(operation.service)) {
    return { outcome: 'unknown', because: [`The upstream ${operation.service} is not used`] };
  }
  const { policy } = config;
  const caller = given.kind === 'local' ? { ...given, permissions: [...config.localPermissions] } : given;
  const also = input && operation.argumentPermission?.(input);
  const actions = [...new Set([operation.permission, ...(also === undefined ? [] : [also])])];
  const reasons = actions.flatMap((action) => because(policy, caller, operation, action, input));
  const verdicts = actions.map((action) => policy.verdictOn(caller, operation, action));
  if (verdicts.some((verdict) => isDenied(verdict, operation, input))) return { outcome: 'denied', because: reasons };
  if (needsApproval(config, operation)) {
    return { outcome: 'needs approval', because: ['approvals.require names it', ...reasons] };
  }
  const isOpen = !input && verdicts.some((verdict) => looksAtArguments(verdict));
  return { outcome: isOpen ? 'depends on the arguments' : 'allowed', because: reasons };
}

function isDenied(verdict: Verdict, operation: CatalogOperation, input?: Record<string, unknown>): boolean {
  if (verdict.kind === 'denied' || verdict.kind === 'missing') return true;
  return input !== undefined && !decidedWith(verdict, () => resolvedInput(operation, input)).allowed;
}

function looksAtArguments(verdict: Verdict): boolean {
  return verdict.kind === 'conditional' || (verdict.kind === 'allowed' && verdict.denies.length > 0);
}

/** Whether calls are decided otherwise; where arguments decide, by the rules that look at them. */
export function isOtherwise(before: Decision, after: Decision): boolean {
  if (before.outcome !== after.outcome) return true;
  return after.outcome === 'depends on the arguments' && before.because.join('\n') !== after.because.join('\n');
}

function needsApproval({ approvals }: DecidingConfig, { id, tool }: CatalogOperation): boolean {
  if (approvals.length === 0) return false;
  const matcher = matcherOf(approvals);
  return [id, tool].some((name) => matcher.test(canonical(name)));
}
