import type { Action, Caller } from '#libs/kit';
import type { Guarded } from '../permissions.js';
import { callerMatcher } from './caller-match.js';
import { conditionOn, type Condition } from './condition.js';
import { operationPattern } from './operation-pattern.js';
import type { RuleDocument } from './policy-document.js';
import { all, type Truth } from './truth.js';

/** A rule of the policy, ready to be asked. */
export class Rule {
  private readonly matches: (caller: Caller) => Truth;
  private readonly patterns: readonly ReturnType<typeof operationPattern>[];

  constructor(readonly document: RuleDocument) {
    this.matches = callerMatcher(document);
    this.patterns = document.operations.map((pattern) => operationPattern(pattern, this.denies));
  }

  get name(): string {
    return this.document.name;
  }

  get denies(): boolean {
    return this.document.effect === 'deny';
  }

  /** The arguments at which it looks. */
  get looksAt(): string[] {
    const { when = {}, unless = {} } = this.document;
    return [...new Set([...Object.keys(when), ...Object.keys(unless)])];
  }

  /** A rule that denies is about everybody whom it may mean, one that allows only about those whom it does. */
  isAbout(caller: Caller): boolean {
    const matches = this.matches(caller);
    return matches ?? this.denies;
  }

  /** Whether the rule can't be ruled out for a caller, of whom not everything is known. */
  mayBeAbout(caller: Caller): boolean {
    return this.matches(caller) !== false;
  }

  covers(operation: Guarded, action: Action): boolean {
    return this.patterns.some((covers) => covers(operation, action));
  }

  /** The rule as it is asked of the arguments of one operation. */
  on(operation: Guarded): RuleOnArguments {
    return new RuleOnArguments(this, operation);
  }
}

/** A rule with conditions, made ready for one operation. */
export class RuleOnArguments {
  private readonly when: readonly Condition[];
  private readonly unless: readonly Condition[];

  constructor(
    readonly rule: Rule,
    operation: Guarded,
  ) {
    const { when = {}, unless } = rule.document;
    this.when = Object.entries(when).map(([name, wanted]) => conditionOn(name, wanted, operation));
    this.unless = Object.entries(unless ?? {}).map(([name, wanted]) => conditionOn(name, wanted, operation));
  }

  /** Whether the rule takes effect: to allow it must be sure that it applies, to deny it must not be sure that it doesn't. */
  applies(input: Record<string, unknown>): boolean {
    const when = all(this.when.map((holds) => holds(input)));
    const unless = this.unless.length === 0 ? false : all(this.unless.map((holds) => holds(input)));
    return this.rule.denies ? when !== false && unless !== true : when === true && unless === false;
  }
}
