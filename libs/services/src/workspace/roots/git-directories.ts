import type { PathLike } from 'node:fs';
import { lstat } from 'node:fs/promises';
import type { Found } from './found.js';
import { partOfGit } from './git-names.js';

const marks: ReadonlySet<string> = new Set(['head', 'objects', 'refs', 'commondir']);

/** Whether a name is one of those by which git knows a repository. On some disks case makes no difference. */
export function isGitMark(name: string): boolean {
  return marks.has(name.toLowerCase());
}

/**
 * Whether git takes a directory for a repository: for that it has a `HEAD`, and either its objects and refs or a pointer to
 * where they are.
 *
 * @param child the path of a name in it
 * @param coming names that it is about to get
 */
export async function isGitDirectory(
  child: (name: string) => PathLike,
  coming: readonly string[] = [],
): Promise<boolean> {
  const names = new Set(coming.map((name) => name.toLowerCase()));
  const has = (name: string) => names.has(name.toLowerCase()) || isThere(child(name));
  if (!(await has('HEAD'))) return false;
  return (await has('commondir')) || ((await has('objects')) && (await has('refs')));
}

/**
 * Rejects for a name in or below a directory that git takes for a repository, whatever that is called (a bare one, say, or
 * what `git init --separate-git-dir` made), and for one that would make its directory such: hooks and configuration of a
 * repository run programs for whoever uses git there.
 *
 * @param root a real path, in which the directory is
 */
export async function refuseGitDirectory(directory: Found, name: string, root: string, shown: string): Promise<void> {
  const above = directory.realPath.slice(root.length).split('/').slice(1).reverse();
  // from the descriptor up: names may lead elsewhere by now
  let up = '';
  for (const below of [name, ...above]) {
    const at = up;
    if (await isGitDirectory((one) => directory.child(at + one), [below])) throw partOfGit(shown);
    up += '../';
  }
}

/** A link counts, wherever it leads: git takes even one to nothing for a `HEAD`. */
function isThere(path: PathLike): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
