import { constants } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { WorkspaceFiles, type WorkspaceFile } from '#libs/kit';
import { WorkspaceRoots } from '../roots/workspace-roots.js';
import { readAt } from './line-page.js';

/** Hands files of the workspace to other services, by the rules that hold for its own operations. */
@Injectable()
export class OpenFiles extends WorkspaceFiles {
  constructor(private readonly roots: WorkspaceRoots) {
    super();
  }

  open(path: string): Promise<WorkspaceFile> {
    return this.roots.withFile(path, async ({ found, path }) => {
      const handle = await found.reopen(constants.O_RDONLY);
      return {
        path,
        size: found.stats.size,
        read: (offset, length) => readAt(handle, offset, length),
        close: () => handle.close(),
      };
    });
  }
}
