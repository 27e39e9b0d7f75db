import { posix } from 'node:path';
import { Inject, Injectable, Optional } from '@nestjs/common';
import {
  ContainerQuestions,
  invalidField,
  OperationError,
  type ContainerQuestion,
  type InputOf,
  type OperationContext,
  type OutputOf,
} from '#libs/kit';
import type { ProgramRun } from '#libs/processes';
import { Git } from '../git/git.js';
import { requireOneNameOfChanged } from '../git/one-name.js';
import type { executeCommand } from '../operations/commands.js';
import { pathOf } from '../roots/caller-path.js';
import { refused, requireFile, type Inside } from '../roots/found.js';
import { WorkspaceRoots } from '../roots/workspace-roots.js';
import { WorkspaceSettings } from '../workspace.settings.js';
import { readCommand } from './command-line.js';
import type { PathWord } from './grammar.js';
import type { GitCommand } from './grammars/git-words.js';
import type { Ping } from './grammars/ping.js';
import type { ProgramWords } from './known-commands.js';
import { findManyNamed, refuseManyNamed } from './many-named.js';
import { outputAsProgress } from './output-progress.js';
import { MAX_OUTPUT_BYTES, Programs } from './programs.js';
import { WebCommands } from './web-commands.js';

type Answer = OutputOf<typeof executeCommand>;

/** Runs what a grammar has read: a program that is confined, git on a view of the repository, or no program at all. */
@Injectable()
export class CommandRunner {
  constructor(
    private readonly settings: WorkspaceSettings,
    private readonly roots: WorkspaceRoots,
    private readonly programs: Programs,
    private readonly git: Git,
    private readonly web: WebCommands,
    @Optional() @Inject(ContainerQuestions) private readonly containers?: ContainerQuestions,
  ) {}

  async run({ command, args, cwd }: InputOf<typeof executeCommand>, context: OperationContext): Promise<Answer> {
    this.roots.require();
    const { name, asked } = readCommand(command, args, this.settings.allowedCommands);
    switch (asked.kind) {
      case 'program':
        return this.runProgram(name, asked, cwd, context);
      case 'git':
        return this.runGit(asked.git, cwd, context);
      case 'web':
        return this.programs.inTurn(context.signal, (signal) => this.web.fetch(asked.request, signal));
      case 'docker':
        return this.programs.inTurn(context.signal, (signal) => this.askDocker(asked.question, signal));
      case 'ping':
        return this.runPing(asked.ping, cwd, context);
    }
  }

  private async runProgram(name: string, { words, walk }: ProgramWords, cwd: string, context: OperationContext) {
    return this.inDirectory(cwd, context, async (directory, signal) => {
      const args: string[] = [];
      const places: string[] = [];
      for (const word of words) {
        if (typeof word !== 'string') places.push(await this.pathArgument(word, directory));
        args.push(typeof word === 'string' ? word : (places.at(-1) ?? ''));
      }
      const { found, place } = directory;
      const where = { cwd: found.realPath, reads: [place.root.path], holds: [found] };
      if (walk) {
        const args = findManyNamed(places, walk);
        refuseManyNamed(await this.programs.run({ name: 'find', args, ...where }, signal));
      }
      return this.programs.run({ name, args, ...where, onOutput: outputAsProgress(context) }, signal);
    });
  }

  private async runPing({ host, words }: Ping, cwd: string, context: OperationContext) {
    return this.inDirectory(cwd, context, async (_directory, signal) => {
      const args = [...words, '--', await this.web.addressOf(host)];
      const onOutput = outputAsProgress(context);
      const answered = await this.programs.run(
        { name: 'ping', args, cwd: '/', reads: [], network: true, onOutput },
        signal,
      );
      if (answered.errors.includes('Operation not permitted')) throw noPings();
      return answered;
    });
  }

  private async askDocker(question: ContainerQuestion, signal: AbortSignal): Promise<Answer> {
    if (!this.containers) throw new OperationError('not-configured', 'This gateway has no docker service');
    const told = await this.containers.ask(question, signal);
    const text = typeof told === 'string' ? told : JSON.stringify(told, null, 2);
    const stdout = text === '' ? '' : `${text}\n`;
    return {
      exitCode: 0,
      stdout: stdout.slice(0, MAX_OUTPUT_BYTES),
      stderr: '',
      truncated: stdout.length > MAX_OUTPUT_BYTES,
    };
  }

  private async runGit(command: GitCommand, cwd: string, { signal }: OperationContext): Promise<Answer> {
    return this.git.with(cwd, signal, async ({ view, prefix }) => {
      const paths = command.paths(prefix);
      if (command.showsFiles) await requireOneNameOfChanged(view, paths);
      const run = await view.run([...command.words, '--', ...paths]);
      // what git itself says of a failure may hold anything
      return { ...answer(run), stderr: '' };
    });
  }

  private async inDirectory(
    cwd: string,
    { signal }: OperationContext,
    work: (directory: Inside, signal: AbortSignal) => Promise<ProgramRun>,
  ): Promise<Answer> {
    return this.roots.withDirectory(
      cwd,
      (directory) => this.programs.inTurn(signal, async (signal) => answer(await work(directory, signal))),
      'cwd',
    );
  }

  /** A path by the rules for files, relative to the directory in which the program runs. */
  private async pathArgument({ path, kind }: PathWord, { found: from, place: { root } }: Inside): Promise<string> {
    // relative to the directory, and not as everywhere else to the first root
    const below = posix.join(from.realPath.slice(root.path.length + 1), path);
    if (below.startsWith('../') || below === '..') {
      throw invalidField('args', 'paths inside the workspace', JSON.stringify(path));
    }
    const known = posix.isAbsolute(path) ? path : pathOf({ root, below }, this.roots.require());
    return this.roots.with(
      known,
      async (inside) => {
        if (kind === 'file') requireFile(inside);
        if (inside.found.stats.isSymbolicLink()) {
          throw refused(inside.path, 'is a symbolic link; use the path that it leads to');
        }
        const { realPath } = inside.found;
        if (realPath !== root.path && !realPath.startsWith(`${root.path}/`)) {
          throw refused(inside.path, 'is in another root than cwd; set cwd to a directory there');
        }
        const relative = posix.relative(from.realPath, realPath);
        if (relative === '') return '.';
        // what `find` would take for a part of its expression
        return /^[-(!]/.test(relative) ? `./${relative}` : relative;
      },
      'args',
    );
  }
}

function answer({ exitCode, output, errors, truncated }: ProgramRun): Answer {
  return { exitCode, stdout: output.toString(), stderr: errors.toString(), truncated };
}

/** Programs run without privileges; whether those may ping is the system's setting. */
function noPings(): OperationError {
  return new OperationError(
    'unavailable',
    'The system lets nobody ping without privileges. Its operator can allow it: sysctl net.ipv4.ping_group_range="0 2147483647"',
    { retryable: false },
  );
}
