import { OperationError } from '#libs/kit';
import type { ProgramRun } from '#libs/processes';
import type { Walk } from './grammar.js';

const NAMED = 5;

/** Words for `find`: the files below some places that have more than one name (hard links). */
export function findManyNamed(places: readonly string[], { directories, files }: Walk): string[] {
  const closed = directories.flatMap((name) => ['-type', 'd', '-name', name, '-prune', '-o']);
  const passed = files.flatMap((name) => ['!', '-name', name]);
  return ['-P', ...places, ...closed, '-type', 'f', '-links', '+1', ...passed, '-print0'];
}

/** Refuses a walk on which such a file is met: another of its names may be outside of the workspace. */
export function refuseManyNamed({ exitCode, output }: ProgramRun): void {
  const found = output.toString().split('\0').slice(0, -1);
  if (found.length === 0 && exitCode !== null) return;
  const some = found.slice(0, NAMED).map((path) => JSON.stringify(path));
  const more = found.length > NAMED ? ` and ${found.length - NAMED} more` : '';
  throw new OperationError(
    'failed',
    `Files on the way have more than one name (hard links), of which another one may be outside of the workspace: ${some.join(', ')}${more}. Name a directory without them, pass over them with --exclude-dir=NAME or --exclude=NAME, or use search_files, which does so by itself`,
  );
}
