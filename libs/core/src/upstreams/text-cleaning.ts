/**
 * Characters that people don't see and models read: what may be ignored (zero-width ones, tags, variation selectors,
 * fillers), formatting and bidirectional controls, private and broken ones, and all controls but tabs and line breaks.
 */
const INVISIBLE = /[\p{DI}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]|[^\P{Cc}\t\n\r]/gu;

/** A text without what hides in it. */
export function visible(text: string): string {
  return text.replaceAll(INVISIBLE, '');
}

/** Members of a definition or a schema that are written for readers; all others keep every byte. */
const read = new Set(['title', 'description']);

/** A copy in which what agents read holds nothing invisible. The value is no deeper than what may be walked. */
export function withVisibleTexts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withVisibleTexts);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      typeof member === 'string' && read.has(name) ? visible(member) : withVisibleTexts(member),
    ]),
  );
}
