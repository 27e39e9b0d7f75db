import { Injectable } from '@nestjs/common';
import { OperationError, type ErrorDetails } from '#libs/kit';
import type { CatalogOperation } from '../../catalog/catalog-entry.js';
import { Redactor } from '../../observability/redaction.js';
import { cleaned } from './cleaned.js';
import { ToolFailure } from '../tool-failure.js';
import { GuardrailCounts } from './guardrail-counts.js';
import { GuardrailsSettings } from './guardrails.settings.js';
import { hiddenText } from './hidden-text.js';
import { refuseLongTexts } from './long-text.js';
import { personalData } from './personal-data.js';
import { secretShapes, settingsSecrets } from './secret-rules.js';
import type { RuleName, TextRule } from './text-rule.js';

export interface GuardedAnswer<T = unknown> {
  readonly data: T;
  readonly json: string;
  /** Rules that changed it; unset where none did. */
  readonly guarded?: readonly RuleName[];
}

/** Whether what an operation answers was written by others than the gateway and its operator. */
export function isOutside({ definition, annotations }: CatalogOperation): boolean {
  return definition !== undefined || annotations.openWorld === true;
}

/** What goes through the gateway is held to these rules, each of which can be switched while it runs. */
@Injectable()
export class Guardrails {
  private readonly own: TextRule;
  private readonly onlyOwn: readonly TextRule[];

  constructor(
    redactor: Redactor,
    private readonly settings: GuardrailsSettings,
    private readonly counts: GuardrailCounts,
  ) {
    this.own = settingsSecrets(redactor.unmistakable);
    this.onlyOwn = [this.own];
  }

  /** What may not be sent in. Throws `invalid`. */
  admit(input: unknown): void {
    const { argumentChars } = this.settings;
    if (argumentChars === 0) return;
    try {
      refuseLongTexts(input, argumentChars);
    } catch (error) {
      this.counts.add('argument-size');
      throw error;
    }
  }

  /** An operation's answer as it may go out and be kept. */
  answer<T>(data: T, operation: CatalogOperation): GuardedAnswer<T> {
    return this.guard(data, isOutside(operation), operation.verbatim);
  }

  /** What an upstream answers besides results of its tools: prompts, resources, completions. */
  fromUpstream<T>(data: T): T {
    return this.guard(data, true, false).data;
  }

  /**
   * An error as a caller may see it: an upstream quotes its own key in one now and then, what it refuses may be an address
   * with a password, and it may hide words for a model as in any answer. What a tool says that failed is its answer, and was held to the rules of answers.
   */
  error(error: OperationError): OperationError {
    const { kind, message, details } = error;
    const shown = this.settings.hiddenText ? [hiddenText, this.own, secretShapes] : [this.own, secretShapes];
    const { data, guarded } = this.clean({ message, details }, error instanceof ToolFailure ? this.onlyOwn : shown);
    return guarded
      ? new OperationError(kind, data.message, data.details satisfies ErrorDetails, { cause: error })
      : error;
  }

  private guard<T>(data: T, outside: boolean, verbatim: boolean): GuardedAnswer<T> {
    return this.clean(data, this.rulesFor(outside, verbatim));
  }

  /** Read anew each time: the settings may change while the gateway runs. */
  private rulesFor(outside: boolean, verbatim: boolean): readonly TextRule[] {
    const { secrets, personalData: kinds, hiddenText: strips } = this.settings;
    const stripsHidden = strips && outside && !verbatim;
    const masksSecrets = secrets === 'all' || (secrets === 'outside' && outside);
    if (!stripsHidden && !masksSecrets && kinds.length === 0) return this.onlyOwn;
    const rules = stripsHidden ? [hiddenText, this.own] : [this.own];
    if (masksSecrets) rules.push(secretShapes);
    rules.push(...personalData(kinds));
    return rules;
  }

  /** What changes nothing costs a look at the JSON, which is needed anyway. */
  private clean<T>(data: T, rules: readonly TextRule[]): GuardedAnswer<T> {
    const json = JSON.stringify(data);
    if (!rules.some((rule) => rule.mayConcern(json))) return { data, json };
    const guarded = new Set<RuleName>();
    const clean = cleaned(json, rules, (rule) => {
      guarded.add(rule);
      this.counts.add(rule);
    }) as T;
    return guarded.size === 0 ? { data, json } : { data: clean, json: JSON.stringify(clean), guarded: [...guarded] };
  }
}
