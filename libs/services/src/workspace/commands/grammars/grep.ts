import {
  flag,
  number,
  optionWords,
  readOptions,
  refusedWord,
  text,
  valued,
  type OptionTable,
  type ReadOptions,
  type Walk,
  type Word,
} from '../grammar.js';

const count = number(0, 100_000);

const options: OptionTable = {
  options: [
    flag('-i', '--ignore-case'),
    flag('-v', '--invert-match'),
    flag('-w', '--word-regexp'),
    flag('-x', '--line-regexp'),
    flag('-c', '--count'),
    flag('-l', '--files-with-matches'),
    flag('-L', '--files-without-match'),
    flag('-n', '--line-number'),
    flag('-H', '--with-filename'),
    flag('-h', '--no-filename'),
    flag('-o', '--only-matching'),
    flag('-q', '--quiet', '--silent'),
    flag('-s', '--no-messages'),
    flag('-E', '--extended-regexp'),
    flag('-F', '--fixed-strings'),
    flag('-G', '--basic-regexp'),
    flag('-I'),
    flag('-r', '--recursive'),
    valued(count, '-A', '--after-context'),
    valued(count, '-B', '--before-context'),
    valued(count, '-C', '--context'),
    valued(count, '-m', '--max-count'),
    valued(text, '-e', '--regexp'),
    valued(text, '--include'),
    valued(text, '--exclude'),
    valued(text, '--exclude-dir'),
  ],
  refused: {
    '-f': 'patterns are not read from files',
    '--file': 'patterns are not read from files',
    '-R': 'links are not followed; use -r',
    '--dereference-recursive': 'links are not followed; use -r',
    '-P': 'these patterns can take for ever; use -E',
    '--perl-regexp': 'these patterns can take for ever; use -E',
    '--exclude-from': 'patterns are not read from files',
  },
};

/** What `grep` is given, and where it walks through directories by itself, what it passes over there. */
export function grep(words: readonly string[]): { words: Word[]; walk?: Walk } {
  const read = readOptions(words, options);
  const operands = [...read.operands, ...read.last];
  const isNamed = read.given.some(({ name }) => name === '-e');
  const pattern = isNamed ? [] : [{ name: '-e', value: operandsFirst(operands) }];
  const isRecursive = read.given.some(({ name }) => name === '-r');
  const paths = isNamed ? operands : operands.slice(1);
  if (paths.length === 0 && !isRecursive) {
    throw refusedWord('', 'a file must be named, or a directory with -r; nothing comes in by standard input');
  }
  const kind = isRecursive ? 'anything' : 'file';
  const places = paths.length === 0 ? ['.'] : paths;
  const named = places.map((path) => ({ path, kind }) as const);
  // a pipe that is named would be waited for
  const all = ['-Dskip', ...optionWords({ given: [...read.given, ...pattern] }), '--', ...named];
  return { words: all, ...(isRecursive && { walk: walkOf(read) }) };
}

/** Plain names only: what a pattern matches is grep's to say. A later --include can take back an --exclude. */
function walkOf({ given }: ReadOptions): Walk {
  const plain = (option: string) =>
    given.flatMap(({ name, value = '' }) => (name === option && /^[^*?[\]\\/]+$/.test(value) ? [value] : []));
  const includes = given.some(({ name }) => name === '--include');
  return { directories: plain('--exclude-dir'), files: includes ? [] : plain('--exclude') };
}

function operandsFirst([pattern]: string[]): string {
  if (pattern === undefined) throw refusedWord('', 'a pattern must be named');
  return pattern;
}
