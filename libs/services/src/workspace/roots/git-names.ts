import type { OperationError } from '#libs/kit';
import { refused } from './found.js';

/**
 * Whether git takes this name for `.git` on any disk: case, characters that HFS+ ignores, and NTFS' short names, streams
 * and trailing dots make no difference somewhere.
 */
export function isGitName(name: string): boolean {
  const folded = name
    .normalize('NFKC')
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
    .toLowerCase()
    .replace(/:.*$/s, '')
    .replace(/(?<![. ])[. ]+$/, '');
  return folded === '.git' || /^git~\d+$/.test(folded);
}

/** Throws for a path in or at a `.git`, at any depth: its hooks and configuration run programs for whoever uses git there. */
export function refuseGit(realPath: string, shown: string): void {
  if (realPath.split('/').some(isGitName)) throw partOfGit(shown);
}

export function partOfGit(shown: string): OperationError {
  return refused(shown, 'belongs to git, whose files are changed by the git tools alone');
}
