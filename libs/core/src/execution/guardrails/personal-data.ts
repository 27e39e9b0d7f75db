import { cardIn, ibanIn } from './check-digits.js';
import type { TextRule } from './text-rule.js';

/** What may not stand before and after: a longer word, or base64, which a picture is made of. */
const BEFORE = '(?<![\\w+/=.-])';
const AFTER = '(?![\\w+/=])';

/** Not the user of an address (`https://user@host`, `git@host:path`), a version (`name@1.2.3-rc.one`) or `icon@2x.png`. */
const EMAIL =
  /(?<![\w.%+-]|\/\/)[\w.%+-]{1,64}@(?!\d+\.\d|\dx\.)(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-]|:[\w/~])/g;
const PHONE = new RegExp(`${BEFORE}\\+[1-9](?:[ ().-]{0,2}\\d){7,14}${AFTER}`, 'g');
const CARD = new RegExp(`${BEFORE}\\d{4}(?:[ -]?\\d){8,15}${AFTER}(?![.-]\\d)`, 'g');
const IBAN = new RegExp(`${BEFORE}[A-Z]{2}\\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?${AFTER}`, 'g');

const rules = {
  email: rule('email', '@', (text) => text.replace(EMAIL, '[email]')),
  phone: rule('phone', '+', (text) => text.replace(PHONE, '[phone]')),
  card: rule('card', /\d{4}/, (text) => replaced(text, CARD, '[card]', cardIn)),
  iban: rule('iban', /[A-Z]{2}\d{2}/, (text) => replaced(text, IBAN, '[iban]', ibanIn)),
} satisfies Record<string, TextRule>;

export type PersonalDataKind = keyof typeof rules;
export const personalDataKinds = Object.keys(rules) as PersonalDataKind[];

export function personalData(kinds: readonly PersonalDataKind[]): TextRule[] {
  return kinds.map((kind) => rules[kind]);
}

function rule(name: TextRule['name'], hint: string | RegExp, clean: TextRule['clean']): TextRule {
  const mayConcern = (json: string) => (typeof hint === 'string' ? json.includes(hint) : hint.test(json));
  return { name, mayConcern, clean: (text) => (mayConcern(text) ? clean(text) : text) };
}

/**
 * The text with the word in the place of what is found: as many characters of each match as `lengthOf` tells. What comes
 * after them is looked at again, and so is a match without any from its second character on: another may begin there.
 */
function replaced(text: string, pattern: RegExp, word: string, lengthOf: (found: string) => number): string {
  const parts: string[] = [];
  let kept = 0;
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const length = lengthOf(match[0]);
    pattern.lastIndex = match.index + Math.max(length, 1);
    if (length === 0) continue;
    parts.push(text.slice(kept, match.index), word);
    kept = pattern.lastIndex;
  }
  return parts.join('') + text.slice(kept);
}
