import { OperationError } from '#libs/kit';
import { parentOf } from '../roots/caller-path.js';
import { gitDirectories } from '../roots/gate.js';
import { isGitDirectory, isGitMark } from '../roots/git-directories.js';
import type { GitView } from './git-view.js';
import { statsOf, tooMany } from './one-name.js';

const MAX_LIST_BYTES = 64 * 1024 * 1024;

/** What git lists with NULs between, byte by byte: names need not be text. */
export async function listed(view: GitView, words: readonly string[]): Promise<string[]> {
  const { output, truncated } = await view.run(words, { maxBytes: MAX_LIST_BYTES });
  if (truncated) throw tooMany();
  return output.toString('latin1').split('\0').slice(0, -1);
}

/**
 * Does `work`, which changes these files of the working tree. Rejects before it where one of them is in a directory that git
 * takes for a repository, or would with these files: configuration and hooks in it run programs for whoever uses git there.
 */
export function changingFiles<T>(view: GitView, paths: readonly string[], work: () => Promise<T>): Promise<T> {
  const directories = marksIn(paths);
  const whole = async () => {
    await refuseGitDirectories(view, directories);
    return work();
  };
  const marked = [...directories.values()].some((marks) => marks.length > 0);
  return marked ? gitDirectories.byItself(whole) : gitDirectories.withOthers(whole);
}

/** Rejects where a directory is in the place of a file: git would delete it with all that is in it, a repository even. */
export async function refuseDirectories(view: GitView, paths: readonly string[]): Promise<void> {
  const found = await statsOf(view, Buffer.from(paths.map((path) => `${path}\0`).join(''), 'latin1'));
  const directory = found.find(({ stats }) => stats?.isDirectory());
  if (!directory) return;
  throw new OperationError(
    'failed',
    `${JSON.stringify(directory.path.toString())} is a directory here, which would be deleted with all that is in it; move it away first. Nothing was changed`,
  );
}

/** All directories that are on the way to files, the top included, with the names in them by which git knows its own. */
function marksIn(paths: readonly string[]): Map<string, string[]> {
  const marks = new Map<string, string[]>();
  for (const path of paths) {
    for (let rest = path, known = false; rest !== '' && !known; rest = parentOf(rest)) {
      const directory = parentOf(rest);
      const name = rest.slice(directory === '' ? 0 : directory.length + 1);
      const names = marks.get(directory);
      // with it those above it
      known = names !== undefined;
      if (!names) marks.set(directory, isGitMark(name) ? [name] : []);
      else if (isGitMark(name)) names.push(name);
    }
  }
  return marks;
}

async function refuseGitDirectories(view: GitView, directories: ReadonlyMap<string, string[]>): Promise<void> {
  const top = view.repository.top.child('');
  const looks = [...directories].map(async ([directory, marks]) => {
    const child = (name: string) => Buffer.from(`${top}${directory === '' ? '' : `${directory}/`}${name}`, 'latin1');
    return (await isGitDirectory(child, marks)) ? [directory] : [];
  });
  const [found] = (await Promise.all(looks)).flat();
  if (found === undefined) return;
  const shown = JSON.stringify(found === '' ? '.' : Buffer.from(found, 'latin1').toString());
  throw new OperationError(
    'failed',
    `${shown} is a directory that git takes for a repository, or would be one with these files; nothing in it is checked out, and nothing was changed`,
  );
}
