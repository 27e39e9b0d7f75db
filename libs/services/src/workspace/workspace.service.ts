import {
  McpService,
  Operation,
  type InputOf,
  type OperationContext,
  type ReportsStatus,
  type ResolvesArguments,
  type ServiceStatus,
} from '#libs/kit';
import { CommandRunner } from './commands/command-runner.js';
import { Programs } from './commands/programs.js';
import { createDirectory } from './files/create-directory.js';
import { directoryTree } from './files/directory-tree.js';
import { editFile } from './files/edit-file.js';
import { fileInfo } from './files/file-info.js';
import { listDirectory } from './files/list-directory.js';
import { moveFile } from './files/move-file.js';
import { readFile } from './files/read-file.js';
import { writeFile } from './files/write-file.js';
import { add } from './git/add.js';
import { blame } from './git/blame.js';
import { branches } from './git/branches.js';
import { checkout } from './git/checkout.js';
import { commit } from './git/commit.js';
import { diff } from './git/diff.js';
import { Git } from './git/git.js';
import { log } from './git/log.js';
import { show } from './git/show.js';
import { status } from './git/status.js';
import { executeCommand } from './operations/commands.js';
import * as readingGit from './operations/reading-git.js';
import * as reading from './operations/reading.js';
import * as writingGit from './operations/writing-git.js';
import * as writing from './operations/writing.js';
import { WorkspaceRoots } from './roots/workspace-roots.js';
import { searchFiles } from './search/search-files.js';
import { WorkspaceSettings } from './workspace.settings.js';

@McpService({
  name: 'workspace',
  version: '1.0.0',
  description:
    'Files in the directories that the operator shares with agents: read, search, write and edit them; git in repositories there, and commands that look at them.',
  location: 'server',
  icon: 'M3 5h7l2 2h9v12H3z',
  settings: WorkspaceSettings,
})
export class WorkspaceService implements ReportsStatus, ResolvesArguments {
  constructor(
    private readonly roots: WorkspaceRoots,
    private readonly git: Git,
    private readonly commands: CommandRunner,
    private readonly programs: Programs,
  ) {}

  serviceStatus(): ServiceStatus {
    const status = this.roots.status();
    return status.state === 'ready' ? this.programs.status() : status;
  }

  /** Of git only the repository counts that holds the path, and that may be more than what the path names. */
  resolveArguments(input: Record<string, unknown>, operation: string): Record<string, unknown> {
    const resolved: Record<string, unknown> = { ...input };
    for (const field of ['path', 'source', 'destination', 'cwd']) {
      const path = input[field];
      if (typeof path === 'string')
        resolved[field] = operation.startsWith('git_') ? undefined : this.roots.whereIs(path, field);
    }
    return resolved;
  }

  @Operation(reading.readFile)
  readFile(input: InputOf<typeof reading.readFile>, { signal }: OperationContext) {
    return readFile(this.roots, input, signal);
  }

  @Operation(reading.getFileInfo)
  getFileInfo({ path }: InputOf<typeof reading.getFileInfo>) {
    return fileInfo(this.roots, path);
  }

  @Operation(reading.listDirectory)
  listDirectory(input: InputOf<typeof reading.listDirectory>, { signal }: OperationContext) {
    return listDirectory(this.roots, input, signal);
  }

  @Operation(reading.directoryTree)
  directoryTree(input: InputOf<typeof reading.directoryTree>, { signal }: OperationContext) {
    return directoryTree(this.roots, input, signal);
  }

  @Operation(reading.searchFiles)
  searchFiles(input: InputOf<typeof reading.searchFiles>, context: OperationContext) {
    return searchFiles(this.roots, input, context);
  }

  @Operation(writing.writeFile)
  writeFile(input: InputOf<typeof writing.writeFile>) {
    return writeFile(this.roots, input);
  }

  @Operation(writing.editFile)
  editFile(input: InputOf<typeof writing.editFile>) {
    return editFile(this.roots, input);
  }

  @Operation(writing.createDirectory)
  createDirectory({ path }: InputOf<typeof writing.createDirectory>) {
    return createDirectory(this.roots, path);
  }

  @Operation(writing.moveFile)
  moveFile(input: InputOf<typeof writing.moveFile>) {
    return moveFile(this.roots, input);
  }

  @Operation(readingGit.gitStatus)
  gitStatus({ path }: InputOf<typeof readingGit.gitStatus>, { signal }: OperationContext) {
    return this.git.with(path, signal, status);
  }

  @Operation(readingGit.gitDiff)
  gitDiff(input: InputOf<typeof readingGit.gitDiff>, { signal }: OperationContext) {
    return this.git.with(input.path, signal, (repository) => diff(repository, input));
  }

  @Operation(readingGit.gitLog)
  gitLog(input: InputOf<typeof readingGit.gitLog>, { signal }: OperationContext) {
    return this.git.with(input.path, signal, (repository) => log(repository, input));
  }

  @Operation(readingGit.gitShow)
  gitShow(input: InputOf<typeof readingGit.gitShow>, { signal }: OperationContext) {
    return this.git.with(input.path, signal, (repository) => show(repository, input));
  }

  @Operation(readingGit.gitBranch)
  gitBranch(input: InputOf<typeof readingGit.gitBranch>, { signal }: OperationContext) {
    return this.git.with(input.path, signal, (repository) => branches(repository, input));
  }

  @Operation(readingGit.gitBlame)
  gitBlame(input: InputOf<typeof readingGit.gitBlame>, { signal }: OperationContext) {
    return this.git.with(input.path, signal, (repository) => blame(repository, input));
  }

  @Operation(writingGit.gitAdd)
  gitAdd(input: InputOf<typeof writingGit.gitAdd>, { signal }: OperationContext) {
    return this.git.with(input.path, signal, (repository) => add(repository, input));
  }

  @Operation(writingGit.gitCommit)
  gitCommit(input: InputOf<typeof writingGit.gitCommit>, { signal, caller }: OperationContext) {
    return this.git.with(input.path, signal, (repository) => commit(repository, input, caller));
  }

  @Operation(writingGit.gitCheckout)
  gitCheckout(input: InputOf<typeof writingGit.gitCheckout>, { signal, caller }: OperationContext) {
    return this.git.with(input.path, signal, (repository) => checkout(repository, input, caller));
  }

  @Operation(executeCommand)
  executeCommand(input: InputOf<typeof executeCommand>, context: OperationContext) {
    return this.commands.run(input, context);
  }
}
