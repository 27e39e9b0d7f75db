import {
  flag,
  optionWords,
  readOptions,
  refusedWord,
  valued,
  type OptionTable,
  type ReadOptions,
  type ValueRule,
  type Word,
} from '../grammar.js';

const followed = { '-f': 'it would wait for more that never ends', '-F': 'it would wait for more that never ends' };

/** `-5`: all but the last five; `+5`: from the fifth on. */
const amount: ValueRule = (value) => (/^[+-]?\d{1,12}$/.test(value) ? undefined : 'a number such as 20, -20 or +20');

const catOptions: OptionTable = {
  options: [
    flag('-n', '--number'),
    flag('-b', '--number-nonblank'),
    flag('-s', '--squeeze-blank'),
    ...['-A', '-E', '-T', '-v', '-e', '-t'].map((name) => flag(name)),
  ],
};

const partOptions: OptionTable = {
  options: [
    valued(amount, '-n', '--lines'),
    valued(amount, '-c', '--bytes'),
    flag('-q', '--quiet', '--silent'),
    flag('-v', '--verbose'),
  ],
  refused: { ...followed, '--follow': followed['-f'], '--retry': followed['-f'], '--pid': followed['-f'] },
};

export function cat(words: readonly string[]): Word[] {
  return ofFiles(readOptions(words, catOptions));
}

/** `head` and `tail`, also with the number of lines as an option: `-20`. */
export function part(words: readonly string[]): Word[] {
  const [first = '', ...rest] = words;
  return ofFiles(readOptions(/^-\d{1,9}$/.test(first) ? ['-n', first.slice(1), ...rest] : words, partOptions));
}

function ofFiles(read: ReadOptions): Word[] {
  const paths = [...read.operands, ...read.last];
  if (paths.length === 0) throw refusedWord('', 'a file must be named; nothing comes in by standard input');
  return [...optionWords(read), '--', ...paths.map((path) => ({ path, kind: 'file' }) as const)];
}
