import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OperationError } from '#libs/kit';
import type { ProgramRun } from '#libs/processes';
import type { Program } from '../commands/programs.js';
import type { Found } from '../roots/found.js';
import { copyRefs } from './refs.js';
import { ownConfig } from './own-config.js';
import { notOurs, readPlain } from './held.js';
import type { Repository } from './repository.js';

const MAX_INDEX_BYTES = 512 * 1024 * 1024;
const MAX_CONFIG_BYTES = 1024 * 1024;
const MAX_LIST_BYTES = 1024 * 1024;

/** What a run of git may do besides reading. */
export interface GitRun {
  readonly input?: string | Buffer;
  /** `objects` lets it add objects to the repository, `files` change the files of the working tree. */
  readonly changes?: 'objects' | 'files';
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes besides 0 that are answers. */
  readonly accepts?: readonly number[];
  /** Of output, where that is more than other programs may have. */
  readonly maxBytes?: number;
}

type RunProgram = (program: Program) => Promise<ProgramRun>;

/**
 * A repository as git is shown it: its objects and files, with a git directory of our own that holds copies of its index
 * and its refs and none of its config. So nothing in it names a program that git would run, or a file that it would read.
 */
export class GitView {
  private constructor(
    readonly repository: Repository,
    /** The git directory of our own. */
    readonly directory: string,
    private readonly program: RunProgram,
  ) {}

  /** Fills an empty directory that nobody else may enter. */
  static async open(repository: Repository, directory: string, program: RunProgram): Promise<GitView> {
    const view = new GitView(repository, directory, program);
    await copyRefs(repository, directory);
    await view.refreshIndex();
    await view.copy(repository.common, 'shallow', MAX_LIST_BYTES);
    const exclude = await readPlain(repository.common, 'info/exclude', MAX_LIST_BYTES);
    await mkdir(join(directory, 'info'));
    if (exclude) await writeFile(join(directory, 'info', 'exclude'), exclude);
    await writeFile(join(directory, 'config'), ownConfig(await view.listedConfig()));
    return view;
  }

  get index(): string {
    return join(this.directory, 'index');
  }

  /** Copies the index of the repository as it is now. */
  async refreshIndex(): Promise<void> {
    const { git } = this.repository;
    await this.copy(git, 'index', MAX_INDEX_BYTES);
    // parts that an index can share with others (core.splitIndex)
    const names = await readdir(git.path);
    for (const name of names.filter((each) => /^sharedindex\.[0-9a-f]{40,64}$/.test(each))) {
      await this.copy(git, name, MAX_INDEX_BYTES);
    }
  }

  /** Runs git on this view. Rejects with `failed` where it exits with anything but what is accepted. */
  async run(
    args: readonly string[],
    { input, changes, env, accepts = [], maxBytes }: GitRun = {},
  ): Promise<ProgramRun> {
    const { top, git, common, objects } = this.repository;
    const changed = changes === undefined ? [] : [changes === 'files' ? top : objects];
    const run = await this.program({
      name: 'git',
      args: ['--no-pager', '--literal-pathspecs', ...args],
      cwd: top.realPath,
      // where it is: no name is asked that could lead elsewhere by now
      env: { ...quiet, ...env, GIT_DIR: this.directory, GIT_WORK_TREE: '.', GIT_OBJECT_DIRECTORY: objects.realPath },
      reads: [top, git, common].map(({ realPath }) => realPath),
      writes: [this.directory, ...changed.map(({ realPath }) => realPath)],
      keeps: changes === 'files' ? [join(top.realPath, '.git')] : [],
      holds: [top, git, common, objects],
      input,
      maxBytes,
    });
    const { exitCode, truncated } = run;
    if (truncated || exitCode === 0 || accepts.includes(exitCode ?? -1)) return run;
    throw gitFailed(args[0] ?? '', run);
  }

  /** What git says, as text without the line end. */
  async ask(args: readonly string[], options?: GitRun): Promise<string> {
    const { output } = await this.run(args, options);
    return output.toString().trimEnd();
  }

  private async copy(from: Found, name: string, maxBytes: number): Promise<void> {
    const content = await readPlain(from, name, maxBytes);
    if (content) await writeFile(join(this.directory, name), content);
  }

  /** Read by git itself, from its input and without following includes. */
  private async listedConfig(): Promise<string> {
    const config = await readPlain(this.repository.common, 'config', MAX_CONFIG_BYTES);
    if (!config) return '';
    const { exitCode, output } = await this.program({
      name: 'git',
      args: ['config', '--file', '-', '--no-includes', '--list', '-z'],
      cwd: this.directory,
      env: { ...quiet, GIT_DIR: '/nonexistent' },
      reads: [this.directory],
      input: config,
    });
    if (exitCode !== 0) throw notOurs('its config can’t be read');
    return output.toString();
  }
}

/** Nothing of the system's or a person's own, nothing from elsewhere, nothing that asks. */
const quiet = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_NO_LAZY_FETCH: '1',
  GIT_ALLOW_PROTOCOL: '',
  GIT_TERMINAL_PROMPT: '0',
  GIT_ASKPASS: '/bin/false',
  GIT_EDITOR: '/bin/false',
};

/** What git itself wrote is for the log alone: it may hold anything. */
function gitFailed(command: string, { exitCode, errors }: ProgramRun): OperationError {
  const cause = new Error(`git ${command} ended with ${exitCode}: ${errors.toString().slice(0, 2_000)}`);
  return new OperationError('failed', `git ${command} did not succeed in this repository`, {}, { cause });
}
