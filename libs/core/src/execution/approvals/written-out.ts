/**
 * What nobody sees, or what changes how the rest is seen: formatting and marks that turn the direction of writing,
 * zero-width characters, tags, variation selectors, fillers, separators of lines, private and broken characters, and
 * controls but tabs and ends of lines.
 */
const UNSEEN = /[\p{DI}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]|[^\P{Cc}\t\n]/gu;

/** A text in which nothing can hide or look like something else: what nobody sees in it is written out. */
export function writtenOut(text: string): string {
  return text.replace(UNSEEN, (mark) => `\\u{${mark.codePointAt(0)?.toString(16) ?? ''}}`);
}
