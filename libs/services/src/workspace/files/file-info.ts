import type { Dirent, Stats } from 'node:fs';
import type { OutputOf } from '#libs/kit';
import type { getFileInfo as declaration } from '../operations/reading.js';
import type { WorkspaceRoots } from '../roots/workspace-roots.js';

type Answer = OutputOf<typeof declaration>;
export type EntryType = Answer['type'];

export function fileInfo(roots: WorkspaceRoots, path: string): Promise<Answer> {
  return roots.with(path, ({ found: { stats }, path }) =>
    Promise.resolve({
      path,
      type: typeOf(stats),
      size: stats.size,
      created: stats.birthtime.toISOString(),
      modified: stats.mtime.toISOString(),
      permissions: (stats.mode & 0o7777).toString(8).padStart(4, '0'),
      links: stats.nlink,
    }),
  );
}

export function typeOf(entry: Stats | Dirent): EntryType {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'symlink' : 'other';
}
