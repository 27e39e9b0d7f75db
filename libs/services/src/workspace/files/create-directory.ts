import { mkdir } from 'node:fs/promises';
import type { OutputOf } from '#libs/kit';
import type { createDirectory as declaration } from '../operations/writing.js';
import { parentOf, pathOf, placeOf } from '../roots/caller-path.js';
import { isMissing, isThere } from '../roots/file-errors.js';
import { requireDirectory } from '../roots/found.js';
import type { WorkspaceRoots } from '../roots/workspace-roots.js';

type Answer = OutputOf<typeof declaration>;

/** Creates a directory and, one by one, those above it. */
export async function createDirectory(roots: WorkspaceRoots, path: string): Promise<Answer> {
  const known = roots.require();
  const { root, below } = placeOf(path, known);
  if (below === '') return { path: pathOf({ root, below }, known), created: false };
  try {
    return await createIn(roots, path);
  } catch (error) {
    const above = parentOf(below);
    if (!isMissing(error) || above === '') throw error;
    await createDirectory(roots, pathOf({ root, below: above }, known));
    return createIn(roots, path);
  }
}

function createIn(roots: WorkspaceRoots, path: string): Promise<Answer> {
  return roots.withNewName(path, async (name) => {
    try {
      await mkdir(name.at);
      return { path: name.path, created: true };
    } catch (error) {
      if (!isThere(error)) throw error;
      return roots.withChild(name, async (there) => {
        requireDirectory(there);
        return { path: there.path, created: false };
      });
    }
  });
}
