import { Module } from '@nestjs/common';
import { WorkspaceRoots } from './roots/workspace-roots.js';
import { WorkspaceService } from './workspace.service.js';

@Module({ providers: [WorkspaceService, WorkspaceRoots] })
export class WorkspaceModule {}
