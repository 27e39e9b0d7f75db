import { distance } from 'fastest-levenshtein';
import type { Command, CommandPattern } from './command-pattern.js';

const MAX_SUGGESTIONS = 3;
/** A share of the longer text; above it the two have little in common. */
const MAX_DIFFERENCE = 0.5;
/** Plain words stand at the beginning, after an argument or two. */
const WORDS_COMPARED = 6;
const LONGEST_WORD = 40;

interface Suggestion {
  command: Command;
  pattern: CommandPattern;
}

/** The patterns whose plain words are nearest to what was written, one for each command, the nearest first. */
export function nearestCommands(words: readonly string[], commands: readonly Command[]): Suggestion[] {
  const runs = runsOf(words.slice(0, WORDS_COMPARED).map((word) => word.slice(0, LONGEST_WORD)));
  return commands
    .map((command) => {
      const patterns = command.patterns.map((pattern) => ({ pattern, difference: differenceOf(pattern, runs) }));
      return { command, ...patterns.reduce((least, other) => (other.difference < least.difference ? other : least)) };
    })
    .filter(({ difference }) => difference <= MAX_DIFFERENCE)
    .sort((one, other) => one.difference - other.difference)
    .slice(0, MAX_SUGGESTIONS);
}

/** Up to three neighbours, joined as plain words may be. */
function runsOf(words: readonly string[]): string[] {
  return words.flatMap((_, at) => [1, 2, 3].map((count) => words.slice(at, at + count).join('-')));
}

function differenceOf(pattern: CommandPattern, runs: readonly string[]): number {
  const phrase = pattern.elements.flatMap((element) => (element.kind === 'literal' ? element.phrase : [])).join('-');
  return Math.min(1, ...runs.map((run) => distance(run, phrase) / Math.max(run.length, phrase.length)));
}
