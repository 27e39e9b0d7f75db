import { mkdir, rename, rmdir, unlink } from 'node:fs/promises';
import type { InputOf, OutputOf } from '#libs/kit';
import type { moveFile as declaration } from '../operations/writing.js';
import { fileError } from '../roots/file-errors.js';
import { requireFile } from '../roots/found.js';
import type { NameInside } from '../roots/name-inside.js';
import type { WorkspaceRoots } from '../roots/workspace-roots.js';
import { createNew } from './put-file.js';

type Request = InputOf<typeof declaration>;
type Answer = OutputOf<typeof declaration>;

export function moveFile(roots: WorkspaceRoots, { source, destination }: Request): Promise<Answer> {
  const move = (from: NameInside) =>
    roots.withChild(from, async (moved) => {
      const isDirectory = moved.found.stats.isDirectory();
      if (!isDirectory) requireFile(moved);
      return roots.withName(
        destination,
        async (to) => {
          await moveTo(from, to, isDirectory);
          return { source: from.path, destination: to.path };
        },
        'destination',
      );
    });
  return roots.withName(source, move, 'source');
}

/** A rename replaces what is there; so the new name is taken by something empty first, which fails where it is taken. */
async function moveTo(from: NameInside, to: NameInside, isDirectory: boolean): Promise<void> {
  await (isDirectory ? mkdir(to.at) : createNew(to.at).then((handle) => handle.close()));
  try {
    await rename(from.at, to.at);
  } catch (error) {
    await (isDirectory ? rmdir(to.at) : unlink(to.at)).catch(() => undefined);
    throw fileError(error, from.path);
  }
}
