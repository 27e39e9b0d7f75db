export const ruleNames = [
  'hidden-text',
  'settings-secret',
  'secret',
  'email',
  'phone',
  'card',
  'iban',
  'argument-size',
  'upstream-host',
] as const;
export type RuleName = (typeof ruleNames)[number];

/** What is taken out of the texts of an answer. Both take time that is linear in the text. */
export interface TextRule {
  readonly name: RuleName;
  /** Whether the rule could change a text of this JSON: cheap, and never wrongly no. */
  mayConcern(json: string): boolean;
  /** The text without it; the same text where there is nothing to take out. */
  clean(text: string): string;
}
