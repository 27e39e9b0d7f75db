import { posix } from 'node:path';
import { plainDiff } from '../../git/plain-diff.js';
import {
  flag,
  number,
  optionWords,
  readOptions,
  refuseDash,
  refusedWord,
  text,
  valued,
  type Option,
  type OptionTable,
} from '../grammar.js';

/** A subcommand that only reads, and the words that keep it to that. */
interface Subcommand {
  readonly table: OptionTable;
  readonly fixed: readonly string[];
  readonly revisions: boolean;
}

export interface GitCommand {
  /** Without the paths. */
  readonly words: readonly string[];
  /** Below the top of the repository. */
  paths(prefix: string): string[];
  /** Whether it shows what is in files of the working tree, and not in commits alone. */
  readonly showsFiles: boolean;
}

const count = number(0, 10_000);
const revision = /^(?!.*@\{)[\w@^][\w./@^~+-]*$/;
/** Stands for any number of commits, of which there may be none: `^main`, `main^@`, `main^!`, `main^-` */
const several = /^\^|\^[@!-]/;
/** `git show v1.2:src/main.ts` */
const fileInRevision = /^(?!.*(@\{|\.\.))[\w@][\w./@^~+-]*:[^-/\0][^\0]*$/;

const running: Readonly<Record<string, string>> = {
  '--ext-diff': 'no other program is run',
  '--textconv': 'no other program is run',
  '--show-signature': 'no other program is run',
  '--output': 'nothing is written to other files',
  '-O': 'nothing is read from other files',
  '--no-index': 'only what is in the repository is compared',
};

const diffOptions: readonly Option[] = [
  ...['--stat', '--numstat', '--shortstat', '--name-only', '--name-status', '--summary', '--raw'].map((name) =>
    flag(name),
  ),
  ...['-w', '-b', '--word-diff', '--no-renames', '-M'].map((name) => flag(name)),
  flag('-p', '--patch', '-u'),
  valued(count, '-U', '--unified'),
];

const logOptions: readonly Option[] = [
  ...[
    '--oneline',
    '--graph',
    '--decorate',
    '--merges',
    '--no-merges',
    '--first-parent',
    '--reverse',
    '--all',
    '-i',
  ].map((name) => flag(name)),
  valued(count, '-n', '--max-count'),
  valued(count, '--skip'),
  ...['--since', '--until', '--author', '--grep'].map((name) => valued(text, name)),
];

const subcommands: ReadonlyMap<string, Subcommand> = new Map([
  [
    'status',
    {
      table: {
        options: [flag('-s', '--short'), flag('-b', '--branch'), flag('--porcelain'), flag('-z')],
        refused: running,
      },
      fixed: ['--ignore-submodules=all'],
      revisions: false,
    },
  ],
  [
    'diff',
    {
      table: { options: [...diffOptions, flag('--cached', '--staged')], refused: running },
      fixed: plainDiff,
      revisions: true,
    },
  ],
  ['log', { table: { options: [...logOptions, ...diffOptions], refused: running }, fixed: plainDiff, revisions: true }],
  ['show', { table: { options: diffOptions, refused: running }, fixed: plainDiff, revisions: true }],
  [
    'branch',
    {
      table: {
        options: [flag('-a', '--all'), flag('-r', '--remotes'), flag('-v', '--verbose'), flag('--show-current')],
      },
      fixed: [],
      revisions: false,
    },
  ],
  ['blame', { table: { options: [flag('-w'), flag('-s')] }, fixed: ['--no-textconv'], revisions: true }],
  ['ls-files', { table: { options: [flag('-s', '--stage'), flag('-d', '--deleted')] }, fixed: [], revisions: false }],
]);

const writing: Readonly<Record<string, string>> = {
  add: 'git_add',
  commit: 'git_commit',
  checkout: 'git_checkout',
  switch: 'git_checkout',
  restore: 'git_checkout',
};

/** `git <subcommand> [options] [revisions] [-- paths]`, of the subcommands that only read. */
export function git([name = '', ...rest]: readonly string[]): GitCommand {
  const subcommand = subcommands.get(name);
  if (!subcommand) throw refusedSubcommand(name);
  const read = readOptions(
    /^-\d{1,5}$/.test(rest[0] ?? '') ? ['-n', (rest[0] ?? '').slice(1), ...rest.slice(1)] : rest,
    subcommand.table,
  );
  const { operands, last } = read;
  const revisions = subcommand.revisions && (last.length > 0 || name !== 'blame') ? operands : [];
  const paths = revisions === operands ? last : [...operands, ...last];
  revisions.forEach((words) => (name === 'show' && fileInRevision.test(words) ? undefined : requireRevision(words)));
  if (name === 'branch' && paths.length > 0)
    throw refusedWord(paths[0] ?? '', 'branches are only listed; git_checkout makes them');
  const named = revisions.flatMap((words) => words.split(/\.{2,3}/)).filter((words) => !several.test(words)).length;
  return {
    showsFiles:
      (name === 'diff' && named < 2 && !read.given.some((option) => option.name === '--cached')) ||
      (name === 'blame' && named === 0),
    words: [name, ...subcommand.fixed, ...optionWords(read), ...revisions],
    paths: (prefix) => paths.map((path) => below(prefix, path)),
  };
}

function below(prefix: string, path: string): string {
  refuseDash(path);
  const whole = posix.normalize(posix.join(prefix, path));
  if (whole.startsWith('../') || whole === '..' || path.startsWith('/')) {
    throw refusedWord(path, 'paths are relative, and below the top of the repository');
  }
  return whole;
}

function requireRevision(words: string): void {
  const ends = words.split(/\.{2,3}/);
  if (ends.length <= 2 && ends.every((end) => end === '' || revision.test(end)) && words !== '') return;
  throw refusedWord(words, 'branches, tags and commits come here, and paths after --');
}

function refusedSubcommand(name: string) {
  const tool = writing[name];
  const why = tool === undefined ? 'it is not among the subcommands that are open here' : `use the tool ${tool}`;
  if (name.startsWith('-')) return refusedWord(name, 'git takes no options before its subcommand here');
  return refusedWord(`git ${name}`, `${why}. Open are ${[...subcommands.keys()].join(', ')}`);
}
