import { Module } from '@nestjs/common';
import { CommandRunner } from './commands/command-runner.js';
import { Programs } from './commands/programs.js';
import { WebCommands } from './commands/web-commands.js';
import { Git } from './git/git.js';
import { WorkspaceRoots } from './roots/workspace-roots.js';
import { WorkspaceService } from './workspace.service.js';

@Module({ providers: [WorkspaceService, WorkspaceRoots, Programs, Git, CommandRunner, WebCommands] })
export class WorkspaceModule {}
