import { Injectable } from '@nestjs/common';
import { ruleNames, type RuleName } from './text-rule.js';

type GuardrailAction = 'redacted' | 'stripped' | 'refused';

const actions: Record<RuleName, GuardrailAction> = {
  'hidden-text': 'stripped',
  'settings-secret': 'redacted',
  secret: 'redacted',
  email: 'redacted',
  phone: 'redacted',
  card: 'redacted',
  iban: 'redacted',
  'argument-size': 'refused',
  'upstream-host': 'refused',
};

/** How often each rule did something: texts that it changed, calls and registrations that it refused. */
@Injectable()
export class GuardrailCounts {
  private readonly counts = new Map<RuleName, number>(ruleNames.map((name) => [name, 0]));

  add(rule: RuleName): void {
    this.counts.set(rule, (this.counts.get(rule) ?? 0) + 1);
  }

  series(): (readonly [labels: { rule: RuleName; action: GuardrailAction }, count: number])[] {
    return [...this.counts].map(([rule, count]) => [{ rule, action: actions[rule] }, count]);
  }
}
