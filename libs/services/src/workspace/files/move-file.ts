import { mkdir, rename, rmdir, unlink } from 'node:fs/promises';
import type { InputOf, OutputOf } from '#libs/kit';
import type { moveFile as declaration } from '../operations/writing.js';
import { fileError } from '../roots/file-errors.js';
import { refused, requireFile, type Inside } from '../roots/found.js';
import { gitDirectories } from '../roots/gate.js';
import { isGitDirectory } from '../roots/git-directories.js';
import { partOfGit } from '../roots/git-names.js';
import type { NameInside } from '../roots/name-inside.js';
import type { WorkspaceRoots } from '../roots/workspace-roots.js';
import { inTurnOfBoth } from './in-turn.js';
import { createNew } from './put-file.js';

type Request = InputOf<typeof declaration>;
type Answer = OutputOf<typeof declaration>;

export function moveFile(roots: WorkspaceRoots, { source, destination }: Request): Promise<Answer> {
  return roots.withName(
    source,
    async (from) => {
      const isDirectory = await roots.withChild(from, isMovableDirectory);
      const move = (to: NameInside) =>
        inTurnOfBoth(from, to, async () => {
          await roots.withChild(from, async (now) => {
            if ((await isMovableDirectory(now)) === isDirectory) return;
            throw refused(from.path, 'was changed by somebody else meanwhile; look at it again');
          });
          await moveTo(from, to, isDirectory);
          return { source: from.path, destination: to.path };
        });
      // there may be repositories in it
      return isDirectory
        ? gitDirectories.byItself(() => roots.withName(destination, move, 'destination'))
        : roots.withNewName(destination, move, 'destination');
    },
    'source',
  );
}

async function isMovableDirectory(moved: Inside): Promise<boolean> {
  const isDirectory = moved.found.stats.isDirectory();
  if (!isDirectory) requireFile(moved);
  else if (await isGitDirectory((name) => moved.found.child(name))) throw partOfGit(moved.path);
  return isDirectory;
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
