/** A regular file of the workspace, open for reading. What is read is that very file, whatever its name becomes. */
export interface WorkspaceFile {
  /** As callers are shown it. */
  readonly path: string;
  /** In bytes, as it was when the file was opened. */
  readonly size: number;
  /** Bytes from `offset` on: `length` of them, or what is left of the file. */
  read(offset: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** Files that the operator shares with agents, for services that send or keep them. Injectable by every service. */
export abstract class WorkspaceFiles {
  /**
   * Opens a file by its path as callers write it. Rejects with an OperationError: `invalid` for a path that names nothing
   * inside, `failed` for what is no regular file there, `not-configured` or `unavailable` where there is no workspace.
   */
  abstract open(path: string): Promise<WorkspaceFile>;
}
