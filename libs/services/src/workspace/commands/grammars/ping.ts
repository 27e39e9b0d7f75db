import { flag, number, readOptions, refuseDash, refusedWord, valued, type OptionTable } from '../grammar.js';

const options: OptionTable = {
  options: [
    valued(number(1, 10), '-c'),
    valued(number(1, 10), '-W'),
    valued(number(1, 10), '-i'),
    ...['-4', '-6', '-n', '-q'].map((name) => flag(name)),
  ],
  refused: { '-f': 'nobody is flooded', '-s': 'packets have their usual size' },
};

export interface Ping {
  readonly host: string;
  readonly words: readonly string[];
}

/** `ping [options] host`, four times where it says nothing else. */
export function ping(words: readonly string[]): Ping {
  const { given, operands, last } = readOptions(words, options);
  const [host = '', ...others] = [...operands, ...last];
  refuseDash(host);
  if (!/^[\w.:-]{1,253}$/.test(host) || others.length > 0) throw refusedWord(host, 'one host must be named');
  const counted = given.some(({ name }) => name === '-c') ? given : [{ name: '-c', value: '4' }, ...given];
  return {
    host,
    words: ['-n', ...counted.flatMap(({ name, value }) => [name, ...(value === undefined ? [] : [value])])],
  };
}
