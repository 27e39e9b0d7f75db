import type { ContainerQuestion } from '#libs/kit';
import {
  flag,
  number,
  readOptions,
  refuseDash,
  refusedWord,
  valued,
  type Option,
  type OptionTable,
  type ReadOptions,
  type ValueRule,
} from '../grammar.js';

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}$/;

const time: ValueRule = (value) =>
  /^(\d{1,9}[smhd]|\d{4}-\d\d-\d\d([T ][\d:.]{2,15}(Z|[+-]\d\d:?\d\d)?)?)$/.test(value)
    ? undefined
    : 'a time such as 2026-11-28T10:00:00Z, or an age such as 15m';

interface Subcommand {
  readonly options: readonly Option[];
  question(read: ReadOptions, operands: readonly string[]): ContainerQuestion;
}

const subcommands: ReadonlyMap<string, Subcommand> = new Map<string, Subcommand>([
  [
    'ps',
    {
      options: [flag('-a', '--all')],
      question: (read, operands) => ({ about: 'ps', all: has(read, '-a'), ...none(operands) }),
    },
  ],
  ['images', { options: [], question: (_read, operands) => ({ about: 'images', reference: atMostOne(operands) }) }],
  [
    'logs',
    {
      options: [
        valued(number(1, 5_000), '-n', '--tail'),
        valued(time, '--since'),
        valued(time, '--until'),
        flag('-t', '--timestamps'),
      ],
      question: (read, operands) => ({
        about: 'logs',
        container: containerOf(operands),
        tail: numberOf(read, '-n'),
        since: valueOf(read, '--since'),
        until: valueOf(read, '--until'),
        timestamps: has(read, '-t'),
      }),
    },
  ],
  ['inspect', { options: [], question: (_read, operands) => ({ about: 'inspect', container: containerOf(operands) }) }],
  [
    'stats',
    {
      options: [flag('--no-stream')],
      question: (_read, operands) => ({ about: 'stats', container: containerOf(operands) }),
    },
  ],
  ['info', { options: [], question: (_read, operands) => ({ about: 'info', ...none(operands) }) }],
]);

const refused: OptionTable['refused'] = {
  '-f': 'it would wait for more that never ends',
  '--follow': 'it would wait for more that never ends',
  '--format': 'it is answered as JSON, a log as text',
  '-H': 'the operator says which engine it is (DOCKER_HOST)',
  '--host': 'the operator says which engine it is (DOCKER_HOST)',
};

/** `docker <subcommand> [options] [container]`, of what the Engine API's GET requests tell. No docker is run. */
export function docker([name = '', ...rest]: readonly string[]): ContainerQuestion {
  const subcommand = subcommands.get(name);
  if (!subcommand) {
    const open = [...subcommands.keys()].join(', ');
    throw refusedWord(`docker ${name}`, `the engine is only looked at. Open are ${open}`);
  }
  const read = readOptions(rest, { options: subcommand.options, refused });
  return subcommand.question(read, [...read.operands, ...read.last]);
}

const has = ({ given }: ReadOptions, option: string) => given.some(({ name }) => name === option);
const valueOf = ({ given }: ReadOptions, option: string) => given.find(({ name }) => name === option)?.value;

function numberOf(read: ReadOptions, option: string): number | undefined {
  const value = valueOf(read, option);
  return value === undefined ? undefined : Number(value);
}

function containerOf(operands: readonly string[]): string {
  const name = atMostOne(operands);
  if (name === undefined || !NAME.test(name)) throw refusedWord(name ?? '', 'one container must be named');
  return name;
}

function atMostOne([first, second]: readonly string[]): string | undefined {
  if (second !== undefined) throw refusedWord(second, 'one name at most is taken');
  if (first !== undefined) refuseDash(first);
  if (first === '' || (first?.length ?? 0) > 255) throw refusedWord('', 'a name has 1 to 255 characters');
  return first;
}

function none([first]: readonly string[]): object {
  if (first !== undefined) throw refusedWord(first, 'no name is taken');
  return {};
}
