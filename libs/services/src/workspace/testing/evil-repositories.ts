import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const identity = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b' };
const env = { PATH: '/usr/bin:/bin', HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1', ...identity };

/** Plain git, as a person would run it. */
export function git(cwd: string, ...args: string[]): string {
  return execFileSync('git', args, { cwd, env, stdio: ['ignore', 'pipe', 'ignore'] }).toString();
}

/** A repository with one commit of `a.txt` and a branch `other`, which has another content. */
export function makeRepository(directory: string): string {
  mkdirSync(directory, { recursive: true });
  git(directory, 'init', '-q', '-b', 'main');
  writeFileSync(join(directory, 'a.txt'), 'one\n');
  git(directory, 'add', '.');
  git(directory, 'commit', '-q', '-m', 'First');
  git(directory, 'checkout', '-q', '-b', 'other');
  writeFileSync(join(directory, 'a.txt'), 'other\n');
  git(directory, 'commit', '-q', '-a', '-m', 'Other');
  git(directory, 'checkout', '-q', 'main');
  return directory;
}

/** A repository that runs a program of its own when somebody uses git in it. */
export interface Trap {
  /** Where git is used. */
  readonly place: string;
  readonly config: string;
  /** What springs it, in plain git. */
  readonly control: readonly string[];
  readonly sprung: () => boolean;
  readonly reset: () => void;
}

type Arm = (directory: string, program: string) => { place?: string; control: string[] };

const touched = (directory: string) => {
  writeFileSync(join(directory, 'a.txt'), 'two\n');
};
const config = (directory: string, ...pairs: [string, string][]) => {
  for (const [key, value] of pairs) git(directory, 'config', key, value);
};

const traps: Record<string, Arm> = {
  'core.fsmonitor': (directory, program) => {
    config(directory, ['core.fsmonitor', program]);
    return { control: ['status'] };
  },
  'a filter that cleans': (directory, program) => {
    config(directory, ['filter.evil.clean', program]);
    writeFileSync(join(directory, '.gitattributes'), '* filter=evil\n');
    touched(directory);
    return { control: ['add', '.'] };
  },
  'a filter that is a process': (directory, program) => {
    config(directory, ['filter.evil.process', program]);
    writeFileSync(join(directory, '.git', 'info', 'attributes'), '* filter=evil\n');
    touched(directory);
    return { control: ['add', '.'] };
  },
  'a filter that smudges': (directory, program) => {
    config(directory, ['filter.evil.smudge', program]);
    writeFileSync(join(directory, '.git', 'info', 'attributes'), '* filter=evil\n');
    return { control: ['checkout', 'other'] };
  },
  'include.path': (directory, program) => {
    writeFileSync(join(directory, '..', 'included'), `[core]\n\tfsmonitor = ${program}\n`);
    config(directory, ['include.path', join(directory, '..', 'included')]);
    return { control: ['status'] };
  },
  includeIf: (directory, program) => {
    writeFileSync(join(directory, 'included'), `[core]\n\tfsmonitor = ${program}\n`);
    config(directory, ['includeIf.onbranch:main.path', '../included']);
    return { control: ['status'] };
  },
  'an embedded bare repository': (directory, program) => {
    const bare = join(directory, 'docs');
    git(directory, 'init', '-q', '--bare', bare);
    // this config can be committed, and then be shown: it holds no path of the machine
    config(bare, ['core.bare', 'false'], ['core.worktree', '..'], ['core.fsmonitor', `../${basename(program)}`]);
    return { place: bare, control: ['status'] };
  },
  'a hook before a commit': (directory, program) => {
    symlinkSync(program, join(directory, '.git', 'hooks', 'pre-commit'));
    touched(directory);
    git(directory, 'add', '.');
    return { control: ['commit', '-m', 'x'] };
  },
  'a hook after a change of the index': (directory, program) => {
    symlinkSync(program, join(directory, '.git', 'hooks', 'post-index-change'));
    touched(directory);
    return { control: ['add', '.'] };
  },
  'a hook on refs': (directory, program) => {
    symlinkSync(program, join(directory, '.git', 'hooks', 'reference-transaction'));
    return { control: ['branch', 'new'] };
  },
  'core.hooksPath': (directory, program) => {
    mkdirSync(join(directory, 'hooks'));
    symlinkSync(program, join(directory, 'hooks', 'post-checkout'));
    config(directory, ['core.hooksPath', join(directory, 'hooks')]);
    return { control: ['checkout', 'other'] };
  },
  'diff.external': (directory, program) => {
    config(directory, ['diff.external', program]);
    touched(directory);
    return { control: ['diff'] };
  },
  textconv: (directory, program) => {
    config(directory, ['diff.evil.textconv', program]);
    writeFileSync(join(directory, '.gitattributes'), '* diff=evil\n');
    touched(directory);
    return { control: ['diff'] };
  },
  'gpg.program': (directory, program) => {
    config(directory, ['gpg.program', program], ['commit.gpgSign', 'true']);
    touched(directory);
    git(directory, 'add', '.');
    return { control: ['commit', '-m', 'x'] };
  },
  'a submodule with a monitor of its own': (directory, program) => {
    const inner = makeRepository(join(directory, 'inner'));
    git(directory, 'add', 'inner');
    writeFileSync(
      join(directory, '.gitmodules'),
      '[submodule "inner"]\n\tpath = inner\n\turl = ./inner\n\tignore = none\n',
    );
    config(inner, ['core.fsmonitor', program]);
    return { control: ['status'] };
  },
  'a remote that lends objects': (directory, program) => {
    const hash = git(directory, 'rev-parse', 'HEAD:a.txt').trim();
    config(
      directory,
      ['core.repositoryFormatVersion', '1'],
      ['extensions.partialClone', 'origin'],
      ['remote.origin.promisor', 'true'],
      ['remote.origin.url', `ext::${program}`],
      ['protocol.ext.allow', 'always'],
    );
    rmSync(join(directory, '.git', 'objects', hash.slice(0, 2), hash.slice(2)));
    return { control: ['cat-file', 'blob', hash] };
  },
};

export const trapNames = Object.keys(traps);

/** Sets one up in `parent`, as `name` there; its program leaves a mark beside it. */
export function setTrap(trap: string, parent: string, name: string): Trap {
  const directory = makeRepository(join(parent, name));
  const mark = join(parent, `${name}-was-here`);
  const program = join(parent, `${name}-program`);
  writeFileSync(program, `#!/bin/sh\n: > ${mark}\n`);
  chmodSync(program, 0o755);
  const { place = directory, control } = traps[trap]!(directory, program);
  rmSync(mark, { force: true });
  const config = join(directory, '.git', 'config');
  return { place, config, control, sprung: () => existsSync(mark), reset: () => rmSync(mark, { force: true }) };
}

/** Springs a trap with plain git, which shows that it is one. */
export function spring({ place, control }: Trap): void {
  try {
    git(place, ...control);
  } catch {
    // many end badly once their program has run
  }
}
