/**
 * Characters that people don't see and models read: what may be ignored (zero-width ones, tags, variation selectors,
 * fillers), formatting and bidirectional controls, private and broken ones, and all controls but tabs and line breaks.
 */
const INVISIBLE = /[\p{DI}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]|[^\P{Cc}\t\n\r]/gu;

/** Emoji as Unicode recommends them, some of which hold such characters: a joiner, a variation selector, the tags of a flag. */
const EMOJI = new RegExp(String.raw`\p{RGI_Emoji}`, 'gv');

const JOINED = [
  ...['Arabic', 'Syriac', 'Devanagari', 'Bengali', 'Gurmukhi', 'Gujarati', 'Oriya'],
  ...['Tamil', 'Telugu', 'Kannada', 'Malayalam', 'Sinhala', 'Khmer'],
]
  .map((script) => String.raw`\p{Script=${script}}`)
  .join('');
/** A joiner, or none, between letters of scripts that are written with them, as Persian and Hindi are. */
const JOINERS = new RegExp(`(?<=[${JOINED}])[\\u200c\\u200d](?=[${JOINED}])`, 'gu');

/** A text without what hides in it. */
export function visible(text: string): string {
  return text.replaceAll(INVISIBLE, '');
}

/** Whether something hides in a text that can't be shown as another one, since it is sent back as it is. */
export function hides(text: string): boolean {
  if (visible(text) === text) return false;
  const rest = text.replaceAll(EMOJI, '').replaceAll(JOINERS, '');
  return visible(rest) !== rest;
}

/** A copy in which no text and no name holds anything invisible. The value is no deeper than what may be walked. */
export function withVisibleTexts(value: unknown): unknown {
  if (typeof value === 'string') return visible(value);
  if (Array.isArray(value)) return value.map(withVisibleTexts);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [visible(name), withVisibleTexts(member)]));
}
