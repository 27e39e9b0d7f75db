import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '#libs/kit';
import { findProgram } from '#libs/processes';
import { Programs } from '../commands/programs.js';
import { gitBlame, gitBranch, gitDiff, gitLog, gitShow } from '../operations/reading-git.js';
import { gitAdd, gitCheckout, gitCommit } from '../operations/writing-git.js';
import { git as plainGit, makeRepository, setTrap, spring, trapNames } from '../testing/evil-repositories.js';
import { openWorkspace, refusalOf, testSettings, type TestWorkspace } from '../testing/workspace.js';
import { add } from './add.js';
import { blame } from './blame.js';
import { branches } from './branches.js';
import { checkout } from './checkout.js';
import { commit } from './commit.js';
import { diff } from './diff.js';
import { Git } from './git.js';
import { log } from './log.js';
import { show } from './show.js';
import { status } from './status.js';

/** Here git has no walls around it: what holds must hold without them. */
const noWalls = { bwrap: undefined, prlimit: undefined, problem: 'none' };
const caller: Caller = { id: 'key_1', kind: 'key', subject: 'Ada <the> agent', permissions: [] };
const { signal } = new AbortController();

let workspace: TestWorkspace;
let git: Git;

// the machine of a developer may have none; CI installs it
const able = describe.skipIf(findProgram('git') === undefined);

beforeAll(async () => {
  workspace = await openWorkspace();
  git = new Git(workspace.roots, new Programs(noWalls, testSettings));
});
afterAll(() => workspace.close());

const ask = {
  status: (path: string) => git.with(path, signal, status),
  diff: (path: string, more: object = {}) => git.with(path, signal, (open) => diff(open, gitDiff.input.parse(more))),
  log: (path: string, more: object = {}) => git.with(path, signal, (open) => log(open, gitLog.input.parse(more))),
  show: (path: string, more: object = {}) => git.with(path, signal, (open) => show(open, gitShow.input.parse(more))),
  branches: (path: string) => git.with(path, signal, (open) => branches(open, gitBranch.input.parse({}))),
  blame: (path: string, more: object) => git.with(path, signal, (open) => blame(open, gitBlame.input.parse(more))),
  add: (path: string, ...files: string[]) => git.with(path, signal, (open) => add(open, gitAdd.input.parse({ files }))),
  commit: (path: string, message: string) =>
    git.with(path, signal, (open) => commit(open, gitCommit.input.parse({ message }), caller)),
  checkout: (path: string, more: object) =>
    git.with(path, signal, (open) => checkout(open, gitCheckout.input.parse(more), caller)),
};

/** Everything that git can be asked for, whether it succeeds or not. */
async function everything(path: string): Promise<void> {
  const all = [
    () => ask.status(path),
    () => ask.diff(path),
    () => ask.diff(path, { from: 'other' }),
    () => ask.log(path),
    () => ask.show(path),
    () => ask.show(path, { file: 'a.txt' }),
    () => ask.branches(path),
    () => ask.blame(path, { file: 'a.txt' }),
    () => ask.add(path, '.'),
    () => ask.commit(path, 'Commit'),
    () => ask.checkout(path, { ref: 'new', create: true }),
    () => ask.checkout(path, { ref: 'other' }),
    () => ask.checkout(path, { files: ['a.txt'], ref: 'main' }),
  ];
  for (const one of all) await one().catch(() => undefined);
}

const repository = (name: string) => makeRepository(workspace.at(name));
const at = (...names: string[]) => workspace.at(...names);

able('a repository that would run a program', () => {
  it.each(trapNames)('runs none by %s, though plain git does', async (name) => {
    const trap = setTrap(name, workspace.at(), `trap-${trapNames.indexOf(name)}`);
    const path = trap.place.slice(workspace.at().length + 1);
    const config = readFileSync(trap.config, 'utf8');
    await everything(path);
    expect(trap.sprung()).toBe(false);
    expect(readFileSync(trap.config, 'utf8')).toBe(config);

    const again = setTrap(name, workspace.at(), `control-${trapNames.indexOf(name)}`);
    spring(again);
    expect(again.sprung()).toBe(true);
  });
});

able('a repository that leads out of the workspace', () => {
  const outside = () => join(workspace.directory, 'outside');
  beforeAll(() => {
    makeRepository(outside());
    writeFileSync(join(outside(), 'secret.txt'), 'secret\n');
    plainGit(outside(), 'add', '.');
    plainGit(outside(), 'commit', '-q', '-m', 'Secret');
  });

  it.each<[string, (directory: string) => void, string]>([
    [
      'by a file .git',
      (directory) => {
        rmSync(join(directory, '.git'), { recursive: true });
        writeFileSync(join(directory, '.git'), `gitdir: ${outside()}/.git\n`);
      },
      'a part of it lies outside of this root of the workspace, or behind a link',
    ],
    [
      'by a link in the place of .git',
      (directory) => {
        rmSync(join(directory, '.git'), { recursive: true });
        symlinkSync(join(outside(), '.git'), join(directory, '.git'));
      },
      '.git is neither a directory nor a file',
    ],
    [
      'by commondir',
      (directory) => writeFileSync(join(directory, '.git', 'commondir'), `${outside()}/.git\n`),
      'a part of it lies outside of this root of the workspace, or behind a link',
    ],
    [
      'by objects that it borrows',
      (directory) => writeFileSync(join(directory, '.git/objects/info/alternates'), `${outside()}/.git/objects\n`),
      'it borrows objects from another repository (objects/info/alternates); git repack -ad ends that',
    ],
    [
      'by a link in the place of its objects',
      (directory) => {
        renameSync(join(directory, '.git/objects'), join(directory, '.git/objects-old'));
        symlinkSync(join(outside(), '.git/objects'), join(directory, '.git/objects'));
      },
      'its objects are no plain directory',
    ],
    [
      'by a link among its objects',
      (directory) => {
        rmSync(join(directory, '.git/objects/pack'), { recursive: true });
        symlinkSync(join(outside(), '.git/objects/pack'), join(directory, '.git/objects/pack'));
      },
      'some of its objects are behind links',
    ],
    [
      'by a link in the place of HEAD',
      (directory) => {
        rmSync(join(directory, '.git/HEAD'));
        symlinkSync(join(outside(), '.git/HEAD'), join(directory, '.git/HEAD'));
      },
      'its HEAD can’t be read',
    ],
  ])('%s is refused', async (_what, lead, reason) => {
    const directory = repository('leading');
    expect((await ask.status('leading')).clean).toBe(true);
    lead(directory);
    expect(await refusalOf(ask.status('leading'))).toBe(`failed: This repository is not worked with: ${reason}`);
    rmSync(directory, { recursive: true });
  });

  it('by core.worktree is one of its own files all the same', async () => {
    const directory = repository('worktree');
    plainGit(directory, 'config', 'core.worktree', outside());
    expect(plainGit(directory, 'status', '--short')).toContain('secret.txt');
    expect(await ask.status('worktree')).toMatchObject({ clean: true, untracked: [] });
  });

  it('by a branch that is a link has no such branch', async () => {
    const directory = repository('linked-ref');
    symlinkSync(join(outside(), '.git/refs/heads/main'), join(directory, '.git/refs/heads/stolen'));
    expect((await ask.branches('linked-ref')).branches.map(({ name }) => name).sort()).toEqual(['main', 'other']);
  });

  it('by a directory of files that became a link adds nothing from there', async () => {
    const directory = repository('linked-files');
    symlinkSync(outside(), join(directory, 'inner'));
    expect(await refusalOf(ask.add('linked-files', 'inner/secret.txt'))).toContain('is behind a symbolic link');
    expect((await ask.add('linked-files', '.')).staged).toEqual(['inner']);
    expect(plainGit(directory, 'ls-files', '-s', 'inner')).toMatch(/^120000 /);
  });

  it('is not found above the root, nor through a link to it', async () => {
    plainGit(workspace.directory, 'init', '-q');
    mkdirSync(at('none'));
    expect(await refusalOf(ask.status('none'))).toBe(
      'failed: There is no git repository here, nor above it in the workspace',
    );
    symlinkSync(outside(), at('way-out'));
    expect(await refusalOf(ask.status('way-out'))).toContain('There is no git repository here');
    expect(await refusalOf(ask.status('way-out/.git'))).toContain('is not in the workspace');
  });

  it('is no way to another place in a linked worktree of its own, which is worked with', async () => {
    const directory = repository('main-tree');
    plainGit(directory, 'worktree', 'add', '-q', at('second-tree'), 'other');
    expect(await ask.status('second-tree')).toMatchObject({ branch: 'other', clean: true });
    writeFileSync(at('second-tree', 'b.txt'), 'new\n');
    await ask.add('second-tree', 'b.txt');
    const { hash } = await ask.commit('second-tree', 'In the second tree');
    expect(plainGit(directory, 'rev-parse', 'other').trim()).toBe(hash);
    expect(plainGit(at('second-tree'), 'status', '--short')).toBe('');
  });
});

able('a repository that is kept in a way that is not known', () => {
  it.each<[string, string, string]>([
    ['extensions.refStorage', 'reftable', 'extensions.refstorage = reftable'],
    ['extensions.compatObjectFormat', 'sha256', 'extensions.compatobjectformat = sha256'],
    ['extensions.future', 'x', 'extensions.future = x'],
    ['core.repositoryFormatVersion', '2', 'core.repositoryformatversion = 2'],
  ])('is refused: %s', async (key, value, told) => {
    const directory = repository('unknown');
    writeFileSync(join(directory, '.git', 'config'), `[${key.replace('.', ']\n\t')} = ${value}\n`);
    expect(await refusalOf(ask.status('unknown'))).toBe(
      `failed: This repository is not worked with: it is kept in a way that is not known here (${told})`,
    );
    rmSync(directory, { recursive: true });
  });

  it('is worked with where git knows the way', async () => {
    const directory = repository('known');
    plainGit(directory, 'config', 'core.repositoryFormatVersion', '1');
    plainGit(directory, 'config', 'extensions.worktreeConfig', 'true');
    expect(await ask.status('known')).toMatchObject({ branch: 'main', clean: true });
    writeFileSync(join(directory, '.git', 'config'), '[core\n');
    expect(await refusalOf(ask.status('known'))).toContain('its config can’t be read');
  });
});

able('a branch that another worktree has checked out', () => {
  const taken = (branch: string) =>
    `failed: The branch ${branch} is checked out in another worktree of this repository`;

  it('is not taken, and not committed to where it was', async () => {
    const directory = repository('both');
    plainGit(directory, 'worktree', 'add', '-q', at('both-linked'), 'other');
    expect(await refusalOf(ask.checkout('both-linked', { ref: 'main' }))).toContain(taken('main'));
    expect(await refusalOf(ask.checkout('both', { ref: 'other' }))).toContain(taken('other'));
    expect(await ask.status('both-linked')).toMatchObject({ branch: 'other', clean: true });
    await ask.checkout('both-linked', { ref: 'mine', create: true });
    expect(await ask.checkout('both', { ref: 'other' })).toMatchObject({ branch: 'other' });

    plainGit(at('both-linked'), 'checkout', '-q', '--ignore-other-worktrees', 'other');
    writeFileSync(join(directory, 'b.txt'), 'b');
    await ask.add('both', 'b.txt');
    expect(await refusalOf(ask.commit('both', 'x'))).toContain(taken('other'));
  });

  it('is free where a bare repository only names it', async () => {
    const directory = repository('cloned');
    plainGit(workspace.at(), 'clone', '-q', '--bare', directory, at('bare.git'));
    plainGit(at('bare.git'), 'worktree', 'add', '-q', at('of-bare'), 'main');
    writeFileSync(at('of-bare', 'b.txt'), 'b');
    await ask.add('of-bare', 'b.txt');
    expect(await ask.commit('of-bare', 'x')).toMatchObject({ branch: 'main' });
  });
});

able('reading', () => {
  beforeAll(() => {
    const directory = repository('reading');
    writeFileSync(join(directory, 'a.txt'), 'one\ntwo\n');
    writeFileSync(join(directory, 'ä b.txt'), 'new\n');
    writeFileSync(join(directory, 'staged.txt'), 'staged\n');
    plainGit(directory, 'add', 'staged.txt');
  });

  it('tells what changed, and leaves everything as it is', async () => {
    const index = statSync(at('reading/.git/index')).mtimeMs;
    expect(await ask.status('reading/a.txt')).toEqual({
      repository: 'reading',
      branch: 'main',
      commit: plainGit(at('reading'), 'rev-parse', 'HEAD').trim(),
      clean: false,
      staged: [{ path: 'staged.txt', change: 'added' }],
      unstaged: [{ path: 'a.txt', change: 'modified' }],
      untracked: ['ä b.txt'],
      conflicted: [],
      more: false,
    });
    expect(statSync(at('reading/.git/index')).mtimeMs).toBe(index);
  });

  it('tells how far a branch is from the one that it follows', async () => {
    cpSync(at('reading'), at('following'), { recursive: true });
    plainGit(at('following'), 'remote', 'add', 'origin', '../reading');
    plainGit(at('following'), 'update-ref', 'refs/remotes/origin/main', 'other');
    plainGit(at('following'), 'branch', '-q', '--set-upstream-to', 'origin/main');
    expect(await ask.status('following')).toMatchObject({ upstream: 'origin/main', ahead: 0, behind: 1 });
  });

  it('shows differences', async () => {
    const changed = '@@ -1 +1,2 @@\n one\n+two\n';
    expect(await ask.diff('reading')).toEqual({
      repository: 'reading',
      files: [{ path: 'a.txt', added: 1, removed: 0 }],
      diff: expect.stringContaining(changed) as string,
      truncated: false,
    });
    expect((await ask.diff('reading', { staged: true })).files).toEqual([{ path: 'staged.txt', added: 1, removed: 0 }]);
    const between = await ask.diff('reading', { from: 'main', to: 'other', context: 0 });
    expect(between.files).toEqual([{ path: 'a.txt', added: 1, removed: 1 }]);
    expect(await ask.diff('reading', { files: ['staged.txt'] })).toMatchObject({ files: [], diff: '' });
    expect(await refusalOf(ask.diff('reading', { to: 'other' }))).toContain(
      'from: expected the commit to compare with',
    );
    expect(await refusalOf(ask.diff('reading', { from: 'nowhere' }))).toContain('no branch, tag or commit nowhere');
  });

  it('lists commits', async () => {
    const { commits, nextOffset } = await ask.log('reading', { ref: 'other', limit: 1 });
    expect(commits).toEqual([
      {
        hash: expect.stringMatching(/^[0-9a-f]{40}$/) as string,
        author: 'a',
        email: 'a@b',
        date: expect.stringMatching(/^\d{4}-/) as string,
        parents: [expect.any(String)],
        message: 'Other',
      },
    ]);
    expect(nextOffset).toBe(1);
    expect(await ask.log('reading', { ref: 'other', search: 'FIRST' })).toMatchObject({
      commits: [{ message: 'First', parents: [] }],
      nextOffset: null,
    });
    expect((await ask.log('reading', { author: 'nobody' })).commits).toEqual([]);
    expect((await ask.log('reading', { until: '2001-01-01' })).commits).toEqual([]);
  });

  it('shows a commit, and a file as it was', async () => {
    expect(await ask.show('reading', { ref: 'other' })).toMatchObject({
      commit: { message: 'Other' },
      files: [{ path: 'a.txt', added: 1, removed: 1 }],
      diff: expect.stringContaining('-one\n+other\n') as string,
    });
    expect(await ask.show('reading', { ref: 'HEAD' })).toMatchObject({ files: [{ path: 'a.txt', added: 1 }] });
    expect(await ask.show('reading', { ref: 'other', file: 'a.txt' })).toMatchObject({ content: 'other\n' });
    expect(await refusalOf(ask.show('reading', { file: 'none.txt' }))).toContain('There is no file "none.txt"');
  });

  it('lists branches', async () => {
    const { current, branches } = await ask.branches('reading');
    expect(current).toBe('main');
    expect(branches.map(({ name, subject }) => [name, subject]).sort()).toEqual([
      ['main', 'First'],
      ['other', 'Other'],
    ]);
  });

  it('shows nothing of a changed file that has another name, which may be outside, and stages none', async () => {
    const directory = makeRepository(at('hard-linked'));
    const key = join(workspace.directory, 'hard-linked-key');
    writeFileSync(key, 'top secret\n');
    rmSync(join(directory, 'a.txt'));
    linkSync(key, join(directory, 'a.txt'));
    const refusal = /^failed: "a\.txt" has more than one name \(hard links\)/;
    expect(await refusalOf(ask.diff('hard-linked'))).toMatch(refusal);
    expect(await refusalOf(ask.diff('hard-linked', { from: 'HEAD' }))).toMatch(refusal);
    expect(await refusalOf(ask.add('hard-linked', '.'))).toMatch(refusal);
    expect(plainGit(directory, 'diff', '--cached', '--name-only')).toBe('');
    expect((await ask.diff('hard-linked', { from: 'HEAD', to: 'other' })).files).not.toEqual([]);
    expect((await ask.status('hard-linked')).unstaged).toEqual([{ path: 'a.txt', change: 'modified' }]);
    rmSync(key);
    expect((await ask.diff('hard-linked')).diff).toContain('top secret');
    expect(await ask.add('hard-linked', '.')).toMatchObject({ staged: ['a.txt'] });
  });

  it('tells who wrote a line', async () => {
    expect(await ask.blame('reading', { file: 'a.txt', ref: 'other' })).toMatchObject({
      runs: [{ from: 1, author: 'a', summary: 'Other', lines: ['other'] }],
      more: false,
    });
    expect(await refusalOf(ask.blame('reading', { file: 'none' }))).toContain('There is no file "none"');
  });

  it('tells who wrote a line at a time that is no date', async () => {
    const directory = repository('far');
    const tree = plainGit(directory, 'rev-parse', 'HEAD^{tree}').trim();
    const input = `tree ${tree}\nauthor A <a@a> 99999999999999 +0000\ncommitter A <a@a> 0 +0000\n\nx\n`;
    const words = ['hash-object', '-t', 'commit', '-w', '--stdin', '--literally'];
    const hash = execFileSync('git', words, { cwd: directory, input }).toString().trim();
    plainGit(directory, 'update-ref', 'refs/heads/main', hash);
    expect(await ask.blame('far', { file: 'a.txt' })).toMatchObject({
      runs: [{ date: '+275760-09-13T00:00:00.000Z' }],
    });
  });

  it('works before the first commit', async () => {
    mkdirSync(at('empty'));
    plainGit(at('empty'), 'init', '-q', '-b', 'main');
    expect(await ask.status('empty')).toMatchObject({ branch: 'main', commit: null, clean: true });
    expect(await refusalOf(ask.log('empty'))).toContain('It has no commit yet');
  });
});

able('writing', () => {
  const state = (directory: string) => plainGit(directory, 'status', '--short');

  it('stages, commits in the caller’s name, and leaves a repository that git finds in order', async () => {
    const directory = repository('writing');
    const before = plainGit(directory, 'rev-parse', 'HEAD').trim();
    writeFileSync(join(directory, 'b.txt'), 'b\n');
    rmSync(join(directory, 'a.txt'));
    expect(await ask.add('writing', 'b.txt', 'a.txt')).toEqual({ repository: 'writing', staged: ['a.txt', 'b.txt'] });
    const { hash, ...rest } = await ask.commit('writing', 'Second\n\nWith reasons');
    expect(rest).toEqual({ repository: 'writing', branch: 'main', files: ['a.txt', 'b.txt'] });
    expect(plainGit(directory, 'log', '-1', '--format=%H|%P|%an|%ae|%B').trim()).toBe(
      `${hash}|${before}|Ada the agent|key_1@mcp-gateway|Second\n\nWith reasons`,
    );
    expect(state(directory)).toBe('');
    expect(plainGit(directory, 'reflog', '-1', '--format=%gs').trim()).toBe('commit: Second');
    execFileSync('git', ['fsck', '--strict'], { cwd: directory, stdio: 'ignore' });
    expect(await refusalOf(ask.commit('writing', 'Nothing'))).toBe(
      'failed: Nothing is staged; stage changes with git_add first',
    );
  });

  it('makes the first commit', async () => {
    mkdirSync(at('first'));
    plainGit(at('first'), 'init', '-q', '-b', 'main');
    writeFileSync(at('first', 'x'), 'x');
    await ask.add('first', '.');
    const { hash } = await ask.commit('first', 'Begin');
    expect(plainGit(at('first'), 'rev-parse', 'main').trim()).toBe(hash);
  });

  it('switches, makes branches, and keeps what is not committed', async () => {
    const directory = repository('switching');
    expect(await ask.checkout('switching', { ref: 'other' })).toMatchObject({ branch: 'other', restored: [] });
    expect(readFileSync(join(directory, 'a.txt'), 'utf8')).toBe('other\n');
    expect(state(directory)).toBe('');
    await ask.checkout('switching', { ref: 'feature/new', create: true, from: 'main' });
    expect(plainGit(directory, 'symbolic-ref', 'HEAD').trim()).toBe('refs/heads/feature/new');
    expect(state(directory)).toBe('');
    writeFileSync(join(directory, 'a.txt'), 'mine\n');
    expect(await refusalOf(ask.checkout('switching', { ref: 'other' }))).toContain('Uncommitted changes or new files');
    expect(readFileSync(join(directory, 'a.txt'), 'utf8')).toBe('mine\n');
    expect((await ask.checkout('switching', { files: ['a.txt'] })).restored).toEqual(['a.txt']);
    expect(readFileSync(join(directory, 'a.txt'), 'utf8')).toBe('one\n');
    await ask.checkout('switching', { files: ['a.txt'], ref: 'other' });
    expect(state(directory)).toBe('M  a.txt\n');
  });

  it('switches to a commit without a branch, and commits there', async () => {
    const directory = repository('detached');
    const hash = plainGit(directory, 'rev-parse', 'other').trim();
    expect(await ask.checkout('detached', { ref: hash })).toMatchObject({ branch: null, commit: hash });
    writeFileSync(join(directory, 'b.txt'), 'b');
    await ask.add('detached', 'b.txt');
    const made = await ask.commit('detached', 'Loose');
    expect(plainGit(directory, 'rev-parse', 'HEAD').trim()).toBe(made.hash);
    expect(plainGit(directory, 'rev-parse', 'other').trim()).toBe(hash);
  });

  it.each<[string, () => Promise<unknown>, string]>([
    ['a file that is not there', () => ask.add('refusing', 'none'), 'At least one of these files is not there'],
    ['an ignored file', () => ask.add('refusing', 'ignored'), 'At least one of these files is not there, is ignored'],
    ['a branch that exists', () => ask.checkout('refusing', { ref: 'other', create: true }), 'There is a branch other'],
    [
      'a branch beside its own directory',
      () => ask.checkout('refusing', { ref: 'other/x', create: true }),
      'did not succeed',
    ],
    [
      'a name that none can have',
      () => ask.checkout('refusing', { ref: 'x.lock', create: true }),
      'a name that a branch can have',
    ],
    ['nowhere', () => ask.checkout('refusing', { ref: 'nowhere' }), 'It has no branch, tag or commit nowhere'],
    ['nothing', () => ask.checkout('refusing', {}), 'what to switch to, or files to bring back'],
    ['files that are in no commit', () => ask.checkout('refusing', { files: ['none'] }), 'is not staged or committed'],
  ])('is refused: %s', async (_what, work, reason) => {
    if (!existsSync(at('refusing'))) writeFileSync(join(repository('refusing'), '.gitignore'), 'ignored\n');
    writeFileSync(at('refusing', 'ignored'), '');
    expect(await refusalOf(work())).toContain(reason);
  });

  it('waits for nobody where another git is at work', async () => {
    writeFileSync(join(repository('locked'), '.git/index.lock'), '');
    writeFileSync(at('locked', 'b'), '');
    expect(await refusalOf(ask.add('locked', 'b'))).toBe(
      'unavailable: Another git process is at work in this repository; try again when it is done',
    );
    expect(existsSync(at('locked/.git/index.lock'))).toBe(true);
  });

  it('stops where a merge is under way', async () => {
    const directory = repository('merging');
    writeFileSync(join(directory, 'b'), '');
    await ask.add('merging', 'b');
    writeFileSync(join(directory, '.git/MERGE_HEAD'), '');
    expect(await refusalOf(ask.commit('merging', 'x'))).toContain('A merge, rebase or cherry-pick is under way');
  });

  it('makes no files where a link leads out', async () => {
    const directory = repository('linked-logs');
    rmSync(join(directory, '.git/logs'), { recursive: true });
    symlinkSync(workspace.directory, join(directory, '.git/logs'));
    writeFileSync(join(directory, 'b'), '');
    await ask.add('linked-logs', 'b');
    await ask.commit('linked-logs', 'x');
    expect(existsSync(join(workspace.directory, 'HEAD'))).toBe(false);
  });

  it('makes no directories where a link leads out', async () => {
    const directory = repository('linked-directories');
    const outside = join(workspace.directory, 'empty');
    mkdirSync(outside);
    symlinkSync(outside, join(directory, '.git/refs/heads/foo'));
    expect(await refusalOf(ask.checkout('linked-directories', { ref: 'foo/made/here', create: true }))).toContain(
      'a part of it is behind a link',
    );
    rmSync(join(directory, '.git/logs'), { recursive: true });
    symlinkSync(outside, join(directory, '.git/logs'));
    await ask.checkout('linked-directories', { ref: 'x/y', create: true });
    expect(readdirSync(outside)).toEqual([]);
  });

  it('stages a file whose name is not UTF-8, and shows none that has another name', async () => {
    const directory = repository('latin');
    const name = Buffer.concat([Buffer.from(`${directory}/caf`), Buffer.from([0xe9])]);
    writeFileSync(name, 'one\n');
    expect(await ask.add('latin', '.')).toMatchObject({ staged: ['caf\ufffd'] });
    expect(state(directory)).toMatch(/^A {2}.*caf/);
    await ask.commit('latin', 'Add');
    const key = join(workspace.directory, 'latin-key');
    writeFileSync(key, 'top secret\n');
    rmSync(name);
    linkSync(key, name);
    expect(await refusalOf(ask.diff('latin'))).toMatch(/^failed: "caf\ufffd" has more than one name/);
    rmSync(name);
    expect((await ask.diff('latin')).diff).toContain('deleted file');
  });
});

it.each(['-x', '--help', 'a..b', '@{-1}', 'a:b', ''])('a revision is not %j', (ref) => {
  expect(gitLog.input.safeParse({ ref }).success).toBe(false);
});
it.each(['-x', '/etc/passwd', '../x', 'a/../../b', '..', 'a\0b', ''])('a file is not %j', (file) => {
  expect(gitBlame.input.safeParse({ file }).success).toBe(false);
});
