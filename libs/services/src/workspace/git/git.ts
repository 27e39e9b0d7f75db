import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Programs } from '../commands/programs.js';
import { pathOf } from '../roots/caller-path.js';
import { WorkspaceRoots } from '../roots/workspace-roots.js';
import { GitView } from './git-view.js';
import { findRepository } from './repository.js';

/** The repository of a call, as long as it is worked with. */
export interface OpenRepository {
  readonly view: GitView;
  /** Path of its top directory as callers are shown it. */
  readonly shown: string;
  /** Where in the repository the caller's path is, below its top; empty for the top itself. */
  readonly prefix: string;
}

/** Git in repositories that may be anybody's: nothing in them is run. */
@Injectable()
export class Git {
  constructor(
    private readonly roots: WorkspaceRoots,
    private readonly programs: Programs,
  ) {}

  /** Opens the repository that holds a path for `work`. */
  async with<T>(path: string, given: AbortSignal, work: (open: OpenRepository) => Promise<T>): Promise<T> {
    return this.roots.with(path, ({ found, place: { root } }) =>
      this.programs.inTurn(given, async (signal) => {
        const place = found.stats.isDirectory() ? found.realPath : dirname(found.realPath);
        const repository = await findRepository(place, root.path);
        let directory: string | undefined;
        try {
          directory = await realpath(await mkdtemp(join(tmpdir(), 'gateway-git-')));
          const view = await GitView.open(repository, directory, (program) => this.programs.run(program, signal));
          const shown = pathOf({ root, below: relative(root.path, repository.top.realPath) }, this.roots.require());
          return await work({ view, shown, prefix: relative(repository.top.realPath, place) });
        } finally {
          await repository.close();
          if (directory !== undefined) await rm(directory, { recursive: true, force: true });
        }
      }),
    );
  }
}
