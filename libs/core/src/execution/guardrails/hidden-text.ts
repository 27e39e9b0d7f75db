import type { TextRule } from './text-rule.js';

/** What may be ignored where it can't be shown: anything that could hide something. */
const ANY = /\p{DI}/u;
/** Tags spell words that nobody sees. The flags of England, Scotland and Wales are made of them, and stay. */
const TAGS =
  /\u{1F3F4}\u{E0067}\u{E0062}(?:\u{E0065}\u{E006E}\u{E0067}|\u{E0073}\u{E0063}\u{E0074}|\u{E0077}\u{E006C}\u{E0073})\u{E007F}|[\u{E0000}-\u{E007F}]+/gu;
/** Zero-width spaces, invisible operators, and controls that show a line in another order; a file may begin with its mark. */
const ALWAYS = /[\u180E\u200B\u202A-\u202E\u2060-\u2064\u2066-\u206F]|(?!^)\uFEFF/g;
/** Joiners, marks of direction and variation selectors belong to scripts and emoji, where at most two follow each other. */
const RUNS = /(?:(?![\u{E0000}-\u{E007F}])\p{DI}){3,}/gu;

/**
 * Characters that people don't see and models read. Unlike definitions, answers hold texts that may be written back, so
 * what scripts and emoji need stays.
 */
export const hiddenText: TextRule = {
  name: 'hidden-text',
  mayConcern: (json) => ANY.test(json),
  clean: (text) =>
    ANY.test(text)
      ? text
          .replace(TAGS, (tags) => (tags.startsWith('\u{1F3F4}') ? tags : ''))
          .replace(ALWAYS, '')
          .replace(RUNS, '')
      : text,
};
