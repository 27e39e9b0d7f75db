import { flag, optionWords, readOptions, refuseDash, type OptionTable, type Word } from '../grammar.js';

const lsOptions: OptionTable = {
  options: [
    ...['-l', '-1', '-t', '-S', '-d', '-F', '-p', '-i', '-s', '-n', '-o', '-g', '-X', '-U', '-v'].map((name) =>
      flag(name),
    ),
    flag('-a', '--all'),
    flag('-A', '--almost-all'),
    flag('-h', '--human-readable'),
    flag('-r', '--reverse'),
    flag('-R', '--recursive'),
  ],
  refused: {
    '-L': 'links are not followed',
    '-H': 'links are not followed',
    '--dereference': 'links are not followed',
  },
};

export function ls(words: readonly string[]): Word[] {
  const read = readOptions(words, lsOptions);
  const paths = [...read.operands, ...read.last];
  paths.forEach(refuseDash);
  return [...optionWords(read), '--', ...paths.map((path) => ({ path, kind: 'anything' }) as const)];
}
