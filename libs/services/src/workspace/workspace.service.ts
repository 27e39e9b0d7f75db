import {
  McpService,
  Operation,
  type InputOf,
  type OperationContext,
  type ReportsStatus,
  type ServiceStatus,
} from '#libs/kit';
import { readFile } from './files/read-file.js';
import * as reading from './operations/reading.js';
import { WorkspaceRoots } from './roots/workspace-roots.js';
import { WorkspaceSettings } from './workspace.settings.js';

@McpService({
  name: 'workspace',
  version: '1.0.0',
  description: 'Files in the directories that the operator shares with agents',
  location: 'server',
  settings: WorkspaceSettings,
})
export class WorkspaceService implements ReportsStatus {
  constructor(private readonly roots: WorkspaceRoots) {}

  serviceStatus(): ServiceStatus {
    return this.roots.status();
  }

  @Operation(reading.readFile)
  readFile(input: InputOf<typeof reading.readFile>, { signal }: OperationContext) {
    return readFile(this.roots, input, signal);
  }
}
