import type { HeldSecrets } from '../../observability/held-secrets.js';
import { maskShapes, mayHoldShapes } from '../../observability/secret-shapes.js';
import type { TextRule } from './text-rule.js';

/** Longer texts of these characters alone are a picture or a file, and no token. */
const LONGEST_TOKEN = 4_096;
const BASE64 = /^[\w+/-]+={0,2}$/;

/** By form alone: the value behind a word such as `password` is masked in logs, but it may be a line of a program. */
export const secretShapes: TextRule = {
  name: 'secret',
  mayConcern: mayHoldShapes,
  clean: (text) => (text.length > LONGEST_TOKEN && BASE64.test(text) ? text : maskShapes(text)),
};

/** The operator's own: whoever is asked for them, no answer holds them. */
export function settingsSecrets(held: HeldSecrets): TextRule {
  return {
    name: 'settings-secret',
    mayConcern: (json) => held.occurIn(json),
    clean: (text) => held.mask(text),
  };
}
