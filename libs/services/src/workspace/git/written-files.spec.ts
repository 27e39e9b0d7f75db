import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findProgram } from '#libs/processes';
import { Programs, type Program } from '../commands/programs.js';
import { createDirectory } from '../files/create-directory.js';
import { moveFile } from '../files/move-file.js';
import { writeFile } from '../files/write-file.js';
import { gitCheckout } from '../operations/writing-git.js';
import { git as plainGit, makeRepository } from '../testing/evil-repositories.js';
import { openWorkspace, refusalOf, testSettings, type TestWorkspace } from '../testing/workspace.js';
import { checkout } from './checkout.js';
import { Git } from './git.js';

const noWalls = { bwrap: undefined, prlimit: undefined, problem: 'none' };
const { signal } = new AbortController();
const caller = { id: 'key_1', kind: 'key', subject: 'Ada', permissions: [] } as const;

class Watched extends Programs {
  before: (program: Program) => Promise<void> = () => Promise.resolve();
  after = (_program: Program): void => undefined;

  override async run(program: Program, given: AbortSignal) {
    await this.before(program);
    const run = await super.run(program, given);
    this.after(program);
    return run;
  }
}

let workspace: TestWorkspace;
let programs: Watched;
let git: Git;
let directory: string;
beforeAll(async () => {
  workspace = await openWorkspace();
});
beforeEach(() => {
  rmSync(workspace.at('r'), { recursive: true, force: true });
  directory = makeRepository(workspace.at('r'));
  programs = new Watched(noWalls, testSettings);
  git = new Git(workspace.roots, programs);
});
afterAll(() => workspace.close());

const take = (input: object) => git.with('r', signal, (open) => checkout(open, gitCheckout.input.parse(input), caller));
const put = (name: string, content = '') => {
  mkdirSync(join(directory, name, '..'), { recursive: true });
  writeFileSync(join(directory, name), content);
};
/** A commit of a branch `with`, in which these files are; they are not in the working tree. */
const commitOf = (...names: string[]) => {
  plainGit(directory, 'checkout', '-q', '-b', 'with');
  for (const name of names) put(name, 'ref: refs/heads/main\n');
  plainGit(directory, 'add', '.');
  plainGit(directory, 'commit', '-q', '-m', 'With');
  plainGit(directory, 'checkout', '-q', 'main');
};
const parts = (...names: string[]) => {
  for (const name of names) mkdirSync(join(directory, name), { recursive: true });
};
const refusal = (name: string) =>
  `failed: "${name}" is a directory that git takes for a repository, or would be one with these files; nothing in it is checked out, and nothing was changed`;

describe.skipIf(findProgram('git') === undefined)('a checkout', () => {
  it.each([{ files: ['docs'], ref: 'with' }, { ref: 'with' }])(
    'makes no repository of what lies there: %j',
    async (input) => {
      commitOf('docs/HEAD', 'a/b/c');
      parts('docs/objects', 'docs/refs');
      expect(await refusalOf(take(input))).toBe(refusal('docs'));
      expect([existsSync(join(directory, 'docs/HEAD')), existsSync(join(directory, 'a/b'))]).toEqual([false, false]);
      expect(plainGit(directory, 'symbolic-ref', 'HEAD').trim()).toBe('refs/heads/main');
    },
  );

  it('makes none from the index, nor of a HEAD that is a link to nothing yet', async () => {
    mkdirSync(join(directory, 'docs'));
    symlinkSync('refs/heads/main', join(directory, 'docs/HEAD'));
    plainGit(directory, 'add', '.');
    rmSync(join(directory, 'docs/HEAD'));
    await take({ files: ['docs/HEAD'] });
    parts('docs/objects');
    expect(await refusalOf(createDirectory(workspace.roots, 'r/docs/refs'))).toContain('belongs to git');
    renameSync(join(directory, 'docs/HEAD'), join(directory, 'old'));
    parts('docs/refs');
    expect(await refusalOf(take({ files: ['docs/HEAD'] }))).toBe(refusal('docs'));
  });

  it.each([
    [['docs/HEAD', 'docs/objects/x', 'docs/refs/x'], 'docs'],
    [['docs/Head', 'docs/commondir'], 'docs'],
    [['HEAD', 'objects/a/b', 'refs'], '.'],
  ])('brings none: %j', async (names, at) => {
    commitOf(...names);
    expect(await refusalOf(take({ ref: 'with' }))).toBe(refusal(at));
  });

  it('changes nothing in one that is there, whoever has put it there', async () => {
    put('b.txt');
    put('p/mirror/config', '[core]\n\tfsmonitor = evil\n');
    plainGit(directory, 'add', 'p/mirror/config');
    rmSync(join(directory, 'p'), { recursive: true });
    plainGit(directory, 'init', '-q', '--bare', join(directory, 'away/mirror'));
    const config = readFileSync(join(directory, 'away/mirror/config'), 'utf8');
    const move = (source: string, destination: string) => moveFile(workspace.roots, { source, destination });
    expect(await refusalOf(move('r/away/mirror', 'r/mirror'))).toContain('"r/away/mirror" belongs to git');
    // between the look at the files and git's change of them
    let moving = Promise.resolve('');
    programs.before = async ({ args }) => {
      if (!args.includes('checkout')) return;
      moving = refusalOf(move('r/away', 'r/p'));
      // as long as it would take
      await move('r/b.txt', 'r/c.txt');
      await move('r/c.txt', 'r/b.txt');
    };
    await take({ files: ['p/mirror/config'] });
    expect(await moving).toContain('"r/p" exists already');
    expect(readFileSync(join(directory, 'away/mirror/config'), 'utf8')).toBe(config);
    rmSync(join(directory, 'p'), { recursive: true });
    renameSync(join(directory, 'away'), join(directory, 'p'));
    expect(await refusalOf(take({ files: ['p/mirror/config'] }))).toBe(refusal('p/mirror'));
    expect(readFileSync(join(directory, 'p/mirror/config'), 'utf8')).toBe(config);
  });

  it('is not overtaken by a change that would make its directory one', async () => {
    commitOf('docs/HEAD');
    parts('docs/objects');
    let making = Promise.resolve('');
    programs.before = async ({ args }) => {
      if (!args.includes('read-tree')) return;
      making = refusalOf(createDirectory(workspace.roots, 'r/docs/refs'));
      // as long as it would take
      for (const name of ['x', 'x/y']) await createDirectory(workspace.roots, `r/docs/${name}`);
    };
    await take({ ref: 'with' });
    expect(await making).toContain('"r/docs/refs" belongs to git');
  });

  it('deletes no directory for a file, and leaves submodules to themselves', async () => {
    put('nested', 'x');
    plainGit(directory, 'add', 'nested');
    rmSync(join(directory, 'nested'));
    plainGit(directory, 'init', '-q', join(directory, 'nested'));
    expect(await refusalOf(take({ files: ['nested'] }))).toBe(
      'failed: "nested" is a directory here, which would be deleted with all that is in it; move it away first. Nothing was changed',
    );
    expect(existsSync(join(directory, 'nested/.git/HEAD'))).toBe(true);
    const commit = plainGit(directory, 'rev-parse', 'HEAD').trim();
    plainGit(directory, 'update-index', '--cacheinfo', `160000,${commit},nested`);
    expect(await take({ files: ['nested', 'a.txt'] })).toMatchObject({ restored: ['nested', 'a.txt'] });
  });

  it('passes where a few names alone are git’s', async () => {
    commitOf('src/objects/one', 'src/refs/one', 'docs/HEAD', 'caf\u00e9/HEAD');
    expect(await take({ ref: 'with' })).toMatchObject({ branch: 'with' });
    expect(plainGit(directory, 'status', '--short')).toBe('');
    expect(
      (await writeFile(workspace.roots, { path: 'r/docs/HEAD', content: 'x', encoding: 'utf8', mode: 'overwrite' }))
        .created,
    ).toBe(false);
  });

  it('needs no program once its files are changed', async () => {
    let changed = false;
    programs.before = () => (changed ? Promise.reject(new Error('not started')) : Promise.resolve());
    programs.after = ({ args }) => {
      changed ||= args.includes('read-tree') || args.includes('checkout');
    };
    const other = plainGit(directory, 'rev-parse', 'other').trim();
    const made = await take({ ref: 'new', create: true, from: 'other' });
    expect(made).toEqual({ repository: 'r', branch: 'new', commit: other, restored: [] });
    expect(plainGit(directory, 'status', '--short', '--branch')).toBe('## new\n');
    changed = false;
    expect(await take({ files: ['a.txt'], ref: 'main' })).toMatchObject({ branch: 'new', commit: other });
    expect(plainGit(directory, 'status', '--short')).toBe('M  a.txt\n');
  });

  it('says so where it can’t be ended', async () => {
    programs.after = ({ args }) => {
      if (args.includes('read-tree')) rmSync(join(directory, '.git/HEAD.lock'));
    };
    expect(await refusalOf(take({ ref: 'other' }))).toMatch(
      /^failed: The files are those that were asked for, but not all/,
    );
  });

  it('changes nothing where another git has HEAD', async () => {
    put('.git/HEAD.lock');
    expect(await refusalOf(take({ ref: 'other' }))).toContain('unavailable: Another git process is at work');
    expect(readFileSync(join(directory, 'a.txt'), 'utf8')).toBe('one\n');
  });
});
