import {
  McpService,
  Operation,
  type InputOf,
  type OperationContext,
  type ReportsStatus,
  type ServiceStatus,
} from '#libs/kit';
import { createDirectory } from './files/create-directory.js';
import { directoryTree } from './files/directory-tree.js';
import { editFile } from './files/edit-file.js';
import { fileInfo } from './files/file-info.js';
import { listDirectory } from './files/list-directory.js';
import { moveFile } from './files/move-file.js';
import { readFile } from './files/read-file.js';
import { writeFile } from './files/write-file.js';
import * as reading from './operations/reading.js';
import * as writing from './operations/writing.js';
import { WorkspaceRoots } from './roots/workspace-roots.js';
import { searchFiles } from './search/search-files.js';
import { WorkspaceSettings } from './workspace.settings.js';

@McpService({
  name: 'workspace',
  version: '1.0.0',
  description: 'Files in the directories that the operator shares with agents: read, search, write and edit them',
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
}
