import type { Field } from './command-field.js';
import type { Argument, CommandPattern, Literal } from './command-pattern.js';

/** How well words fit a pattern, all of whose plain words are there. */
export interface Match {
  /** How many plain words fit. */
  readonly literals: number;
  /** `0` for each word that was a plain one, `1` for each that was an argument. */
  readonly trace: string;
  readonly taken: readonly { argument: Argument; words: readonly string[] }[];
  readonly missing: readonly Field[];
  readonly extra: readonly string[];
}

/** Fits words into a pattern. Arguments that flags or JSON named already need no word. */
export function matchWords(
  pattern: CommandPattern,
  words: readonly string[],
  isNamed: (field: Field) => boolean,
): Match | undefined {
  return walk(pattern.elements, words, isNamed);
}

function walk(
  [element, ...after]: readonly (Literal | Argument)[],
  words: readonly string[],
  isNamed: (field: Field) => boolean,
): Match | undefined {
  if (!element) return { literals: 0, trace: '', taken: [], missing: [], extra: words };
  if (element.kind === 'literal') {
    const count = countWords(element.phrase, words);
    const match = count === undefined ? undefined : walk(after, words.slice(count), isNamed);
    const literals = element.phrase.split('-').length;
    return match && { ...match, literals: literals + match.literals, trace: '0'.repeat(count ?? 0) + match.trace };
  }
  const named = isNamed(element.field);
  const skipped = walk(after, words, isNamed);
  const without = skipped && (element.required && !named ? withMissing(skipped, element.field) : skipped);
  const given = words.slice(0, element.rest ? words.length : 1);
  if (given.length === 0) return without;
  const following = walk(after, words.slice(given.length), isNamed);
  const filled = following && {
    ...following,
    trace: `1${following.trace}`,
    taken: [{ argument: element, words: given }, ...following.taken],
  };
  return named ? better(without, filled) : better(filled, without);
}

/** How many words a phrase takes up, whether they are written apart or joined by `-` or `_`. */
function countWords(phrase: string, words: readonly string[]): number | undefined {
  let left = phrase;
  for (const [at, word] of words.entries()) {
    if (word.length > left.length) return undefined;
    const plain = word.replaceAll('_', '-');
    if (plain === left) return at + 1;
    if (!left.startsWith(`${plain}-`)) return undefined;
    left = left.slice(plain.length + 1);
  }
  return undefined;
}

function withMissing(match: Match, field: Field): Match {
  return { ...match, missing: [field, ...match.missing] };
}

/** The first, unless the second leaves less open. */
function better(first: Match | undefined, second: Match | undefined): Match | undefined {
  if (!first || !second) return first ?? second;
  const open = ({ missing, extra }: Match) => missing.length + extra.length;
  return open(second) < open(first) ? second : first;
}
