import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findProgram, findSandbox, type ProgramRun } from '#libs/processes';
import { CommandRunner } from '../commands/command-runner.js';
import { Programs, type Program } from '../commands/programs.js';
import { gitCheckout } from '../operations/writing-git.js';
import { gitDiff } from '../operations/reading-git.js';
import { git as plainGit, makeRepository } from '../testing/evil-repositories.js';
import { openWorkspace, refusalOf, testSettings, type TestWorkspace } from '../testing/workspace.js';
import { checkout } from './checkout.js';
import { diff } from './diff.js';
import { Git } from './git.js';
import { Lock } from './lock.js';
import { Found } from '../roots/found.js';

const shutIn = await findSandbox();
const noWalls = { bwrap: undefined, prlimit: undefined, problem: 'none' };
const { signal } = new AbortController();
const caller = { id: 'key_1', kind: 'key', subject: 'Ada', permissions: [] } as const;
const moved =
  'unavailable: The program was not started: its directory was moved meanwhile, or the machine is too busy; try again';

/** Somebody moves directories in the very moment before a program is started. */
class Overtaken extends Programs {
  before = (_program: Program): void => undefined;

  override run(program: Program, given: AbortSignal): Promise<ProgramRun> {
    this.before(program);
    return super.run(program, given);
  }
}

let workspace: TestWorkspace;
let outside: string;
beforeEach(async () => {
  workspace = await openWorkspace();
  outside = join(workspace.directory, 'outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'a.txt'), 'top secret\n');
  const directory = makeRepository(workspace.at('main'));
  mkdirSync(workspace.at('good'));
  plainGit(directory, 'worktree', 'add', '-q', '-b', 'third', workspace.at('good', 'sub'));
  mkdirSync(workspace.at('evil'));
  symlinkSync(outside, workspace.at('evil', 'sub'));
});
afterEach(() => workspace.close());

function swap(): void {
  renameSync(workspace.at('good'), workspace.at('good-2'));
  renameSync(workspace.at('evil'), workspace.at('good'));
}

function overtaken(sandbox: typeof shutIn, subcommand: string) {
  const programs = new Overtaken(sandbox, testSettings);
  programs.before = ({ name, args }) => {
    if ((name === 'git' || name === 'cat') && args.includes(subcommand) && existsSync(workspace.at('evil'))) swap();
  };
  return { programs, git: new Git(workspace.roots, programs) };
}

describe.skipIf(findProgram('git') === undefined)('a repository that is moved while git is asked', () => {
  const differ = (git: Git) => git.with('good/sub', signal, (open) => diff(open, gitDiff.input.parse({})));
  const restore = (git: Git) => {
    const input = gitCheckout.input.parse({ files: ['a.txt'], ref: 'main' });
    return git.with('good/sub', signal, (open) => checkout(open, input, caller));
  };

  describe.skipIf(shutIn.bwrap === undefined)('behind walls', () => {
    it('is not shown what is in its place', async () => {
      expect(await refusalOf(differ(overtaken(shutIn, 'diff').git))).toBe(moved);
    });

    it('is not shown one that has gone', async () => {
      const programs = new Overtaken(shutIn, testSettings);
      programs.before = ({ args }) => {
        if (args.includes('diff')) renameSync(workspace.at('good'), workspace.at('good-2'));
      };
      expect(await refusalOf(differ(new Git(workspace.roots, programs)))).toBe(moved);
    });

    it('changes nothing in its place', async () => {
      expect(await refusalOf(restore(overtaken(shutIn, 'checkout').git))).toBe(moved);
      expect(readFileSync(join(outside, 'a.txt'), 'utf8')).toBe('top secret\n');
      expect(readdirSync(outside)).toEqual(['a.txt']);
    });

    it('is worked with where it stays', async () => {
      const git = new Git(workspace.roots, new Programs(shutIn, testSettings));
      expect(await differ(git)).toMatchObject({ files: [] });
      expect(await restore(git)).toMatchObject({ restored: ['a.txt'] });
    });

    it('is no other directory for a command either', async () => {
      writeFileSync(workspace.at('good', 'b.txt'), '');
      const { programs, git } = overtaken(shutIn, 'b.txt');
      const settings = { ...testSettings, allowedCommands: ['cat'] };
      const runner = new CommandRunner(settings, workspace.roots, programs, git, undefined as never);
      const context = { signal, progress: () => undefined } as never;
      expect(await refusalOf(runner.run({ command: 'cat', args: ['b.txt'], cwd: 'good' }, context))).toBe(moved);
    });
  });

  it('is read where it is now, and changed there, without walls', async () => {
    expect(await differ(overtaken(noWalls, 'diff').git)).toMatchObject({ files: [] });
    renameSync(workspace.at('good'), workspace.at('evil'));
    renameSync(workspace.at('good-2'), workspace.at('good'));
    await restore(overtaken(noWalls, 'checkout').git);
    expect(readFileSync(join(outside, 'a.txt'), 'utf8')).toBe('top secret\n');
    expect(readFileSync(workspace.at('good-2', 'sub', 'a.txt'), 'utf8')).toBe('one\n');
  });
});

describe('a lock', () => {
  it('stays in the directory in which it was taken', async () => {
    const there = workspace.at('evil', 'refs');
    mkdirSync(there);
    const held = await Found.at(workspace.at('evil'));
    const lock = await Lock.take(held, 'refs/new');
    renameSync(there, workspace.at('elsewhere'));
    symlinkSync(outside, there);
    writeFileSync(join(outside, 'new.lock'), 'of somebody else');
    await lock.replace('content');
    await lock.release();
    await held.close();
    expect(readFileSync(workspace.at('elsewhere', 'new'), 'utf8')).toBe('content');
    expect(readdirSync(outside).sort()).toEqual(['a.txt', 'new.lock']);
  });

  it.each(['refs/made/by/us/x', 'refs/x'])('makes no directory and no file behind a link: %s', async (path) => {
    symlinkSync(outside, workspace.at('evil', 'refs'));
    const held = await Found.at(workspace.at('evil'));
    expect(await refusalOf(Lock.take(held, path))).toBe(
      'failed: This repository is not worked with: a part of it is behind a link',
    );
    await held.close();
    expect(readdirSync(outside)).toEqual(['a.txt']);
  });
});
