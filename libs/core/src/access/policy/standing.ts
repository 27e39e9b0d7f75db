import type { Action, Caller } from '#libs/kit';
import { grants, type Guarded } from '../permissions.js';
import type { Rule, RuleOnArguments } from './rule.js';

/** What is known of a call before its arguments are. */
export type Verdict =
  /** By what it holds; undefined where the rule `by` allows it. `denies` are asked once the arguments are known. */
  | { kind: 'allowed'; permission: string | undefined; by: Rule | undefined; denies: readonly RuleOnArguments[] }
  /** One of `allows` must take effect, and none of `denies`. */
  | { kind: 'conditional'; allows: readonly RuleOnArguments[]; denies: readonly RuleOnArguments[] }
  | { kind: 'denied'; by: Rule }
  | { kind: 'missing' };

/** What an address or a key in a URL can never give, whoever grants it. */
export interface Ceiling {
  readonly onlyReads: boolean;
  readonly neverAdmin: boolean;
}

/** Where a caller stands towards every operation. Callers with the same permissions and rules share it. */
export class Standing {
  private readonly verdicts = new WeakMap<Guarded, Map<Action, Verdict>>();

  constructor(
    /** All permissions, those of roles among them. */
    readonly permissions: ReadonlySet<string>,
    readonly rules: readonly Rule[],
    private readonly ceiling: Ceiling,
  ) {}

  /** Decided once for an operation and an action. */
  verdictOn(operation: Guarded, action: Action): Verdict {
    let byAction = this.verdicts.get(operation);
    if (!byAction) {
      byAction = new Map();
      this.verdicts.set(operation, byAction);
    }
    let verdict = byAction.get(action);
    if (!verdict) {
      verdict = this.decide(operation, action);
      byAction.set(action, verdict);
    }
    return verdict;
  }

  private decide(operation: Guarded, action: Action): Verdict {
    const rules = this.rules.filter((rule) => rule.covers(operation, action));
    const isPlain = (rule: Rule) => rule.looksAt.length === 0;
    const by = rules.find((rule) => rule.denies && isPlain(rule));
    if (by) return { kind: 'denied', by };
    if (this.isOutOfReach(action)) return { kind: 'missing' };

    const denies = rules.filter((rule) => rule.denies).map((rule) => rule.on(operation));
    const permission = grants(this.permissions, operation, action);
    if (permission !== undefined) return { kind: 'allowed', permission, by: undefined, denies };
    const allowing = rules.filter((rule) => !rule.denies);
    const plain = allowing.find(isPlain);
    if (plain) return { kind: 'allowed', permission: undefined, by: plain, denies };
    if (allowing.length === 0) return { kind: 'missing' };
    return { kind: 'conditional', allows: allowing.map((rule) => rule.on(operation)), denies };
  }

  private isOutOfReach(action: Action): boolean {
    return (this.ceiling.onlyReads && action !== 'read') || (this.ceiling.neverAdmin && action === 'admin');
  }
}

export function ceilingOf({ kind, onlyReads }: Caller): Ceiling {
  return { onlyReads: onlyReads === true, neverAdmin: kind === 'local' };
}
