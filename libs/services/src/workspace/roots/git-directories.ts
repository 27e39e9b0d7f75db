import { access } from 'node:fs/promises';
import type { Found } from './found.js';
import { partOfGit } from './git-names.js';

/**
 * Rejects for a name in or below a directory that git takes for a repository, whatever that is called (a bare one, say, or
 * what `git init --separate-git-dir` made), and for one that would make its directory such: hooks and configuration of a
 * repository run programs for whoever uses git there.
 *
 * @param root a real path, in which the directory is
 */
export async function refuseGitDirectory(directory: Found, name: string, root: string, shown: string): Promise<void> {
  if (await isGitDirectory(directory.path, name)) throw partOfGit(shown);
  let at = directory.realPath;
  while (at.length > root.length) {
    const cut = at.lastIndexOf('/');
    if (await isGitDirectory(at.slice(0, cut), at.slice(cut + 1))) throw partOfGit(shown);
    at = at.slice(0, cut);
  }
}

/**
 * Whether git takes a directory for a repository, once it has this name: for that it has a `HEAD`, and either its objects
 * and refs or a pointer to where they are.
 */
async function isGitDirectory(directory: string, name: string): Promise<boolean> {
  // on some disks case makes no difference
  const named = name.toLowerCase();
  const has = (one: string) => named === one.toLowerCase() || isThere(`${directory}/${one}`);
  if (!(await has('HEAD'))) return false;
  return (await has('commondir')) || ((await has('objects')) && (await has('refs')));
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
