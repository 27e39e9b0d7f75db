import { Global, Module } from '@nestjs/common';
import { WorkspaceFiles } from '#libs/kit';
import { OpenFiles } from './files/open-files.js';
import { WorkspaceRoots } from './roots/workspace-roots.js';
import { WorkspaceService } from './workspace.service.js';

/** Global, since other services may send files of the workspace. */
@Global()
@Module({
  providers: [WorkspaceService, WorkspaceRoots, { provide: WorkspaceFiles, useClass: OpenFiles }],
  exports: [WorkspaceFiles],
})
export class WorkspaceModule {}
