import { Global, Module } from '@nestjs/common';
import { WorkspaceFiles } from '#libs/kit';
import { CommandRunner } from './commands/command-runner.js';
import { Programs } from './commands/programs.js';
import { WebCommands } from './commands/web-commands.js';
import { OpenFiles } from './files/open-files.js';
import { Git } from './git/git.js';
import { WorkspaceRoots } from './roots/workspace-roots.js';
import { WorkspaceService } from './workspace.service.js';

/** Global, since other services may send files of the workspace. */
@Global()
@Module({
  providers: [
    WorkspaceService,
    WorkspaceRoots,
    Programs,
    Git,
    CommandRunner,
    WebCommands,
    { provide: WorkspaceFiles, useClass: OpenFiles },
  ],
  exports: [WorkspaceFiles],
})
export class WorkspaceModule {}
