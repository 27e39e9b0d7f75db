import type { InputOf, OutputOf } from '#libs/kit';
import type { listDirectory as declaration } from '../operations/reading.js';
import { belowOf, pathOf } from '../roots/caller-path.js';
import type { WorkspaceRoots } from '../roots/workspace-roots.js';
import { listBelow } from './listing.js';

type Request = InputOf<typeof declaration>;
type Answer = OutputOf<typeof declaration>;

export function listDirectory(
  roots: WorkspaceRoots,
  { path, recursive, depth, limit }: Request,
  signal: AbortSignal,
): Promise<Answer> {
  const known = roots.require();
  return roots.withDirectory(path, async (directory) => {
    const { entries, more } = await listBelow(roots, directory, { depth: recursive ? depth : 1, limit }, signal);
    const others = known.slice(1).map((root) => pathOf({ root, below: '' }, known));
    return {
      path: directory.path,
      entries: entries.map(({ below, ...facts }) => ({
        path: pathOf(belowOf(directory.place, below), known),
        ...facts,
      })),
      more,
      ...(directory.path === '.' && others.length > 0 && { roots: others }),
    };
  });
}
