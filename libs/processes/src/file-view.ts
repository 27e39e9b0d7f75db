import { existsSync, lstatSync, readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { hiddenNames } from './hidden-names.js';

/** Of a directory that is shown entry by entry; each is a mount, and hundreds take a second. */
const MAX_ENTRIES = 400;
/** Directories that hold nothing of what is there outside. */
const empty = ['/dev', '/proc', '/tmp', '/run'];

interface ViewOptions {
  readonly cwd: string;
  readonly args: readonly string[];
  readonly hidden: readonly string[];
  readonly writable: readonly string[];
}

export interface FileView {
  /** For bubblewrap, over a view of the whole system. */
  readonly walls: readonly string[];
  /** Names of hidden files in directories that the process works in: it sees what comes there later. */
  readonly replaceable: readonly string[];
  /** Directories of hidden files that would be seen if others took their place as a whole. */
  readonly fixed: readonly string[];
}

/**
 * What a process sees of the files: it may write to its working directory and to what is writable, and sees nothing of what is
 * hidden.
 *
 * A file that is hidden by a mount is seen again when it is replaced, which a rename does. So its directory is shown as what was
 * in it at the start, without it, and what comes later is not seen. Where the process works (in its working directory, below it,
 * or in a directory of its arguments) it could not do its work then: the file is hidden by a mount, and named as replaceable.
 */
export function fileView({ cwd, args, hidden, writable }: ViewOptions): FileView {
  const given = [cwd, ...writable];
  const shown = given.map(realPath);
  const directories = hidden.filter(isDirectory).map(realPath);
  // who works in / sees the whole of it
  const closed = shown.includes('/') ? directories : [...empty, ...directories];
  const files = hidden.filter((path) => !isDirectory(path)).map(hiddenNames);
  const names = files.flatMap((file) => file.names);
  const around = new Set([...names.map((name) => dirname(name)), ...files.flatMap(({ crossroads }) => crossroads)]);
  const workedIn = new Set(['/', ...shown, ...argumentPaths(args, cwd)]);

  const steps = directories.map((path) => step(path, '--tmpfs', path));
  steps.push(...shown.map((path) => step(path, '--bind', path, path)));
  // a link that leads there is not there itself
  const links = given.filter((path) => path !== realPath(path) && depthIn(path, closed) > 0);
  steps.push(...links.map((path) => step(path, '--bind', realPath(path), path)));
  const replaceable: string[] = [];
  // one that is reached by links is another one whenever those lead elsewhere, and is then seen by nobody
  const linked = new Set(
    files.filter(({ isLinked }) => isLinked).flatMap((file) => file.names.map((name) => dirname(name))),
  );
  const fixed: string[] = [];
  for (const directory of around) {
    if (depthIn(directory, closed) > depthIn(directory, shown)) continue;
    const inIt = names.filter((name) => dirname(name) === directory);
    const isWorkedIn = workedIn.has(directory) || depthIn(directory, shown) > 0;
    const entries = isWorkedIn ? undefined : entriesOf(directory);
    if (entries) {
      const others = entries.map((name) => join(directory, name)).filter((path) => !inIt.includes(path));
      const words = others.flatMap(showing);
      steps.push(step(directory, '--tmpfs', directory, ...words, '--remount-ro', directory));
      if (!linked.has(directory)) fixed.push(directory);
    } else {
      replaceable.push(...inIt);
      steps.push(...inIt.filter(isFile).map((path) => step(path, '--ro-bind', '/dev/null', path)));
    }
  }
  // a directory goes before what is in it, and of one that is both hidden and shown the latter counts
  steps.sort((one, other) => one.path.length - other.path.length);
  return { walls: steps.flatMap(({ words }) => words), replaceable, fixed };
}

function step(path: string, ...words: string[]) {
  return { path, words };
}

/** Length of the innermost of these directories that a path is in, or is; 0 where there is none. */
function depthIn(path: string, directories: readonly string[]): number {
  const isIn = (each: string) => each === '/' || `${path}/`.startsWith(`${each}/`);
  return Math.max(0, ...directories.filter(isIn).map(({ length }) => length));
}

/** Directories that arguments name, such as `/srv` and `--root=/srv`. */
function argumentPaths(args: readonly string[], cwd: string): string[] {
  return args
    .map((argument) => resolve(cwd, argument.replace(/^-[^=]*=/, '')))
    .filter(isDirectory)
    .map(realPath);
}

function showing(path: string): string[] {
  try {
    return lstatSync(path).isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind-try', path, path];
  } catch {
    return [];
  }
}

/** Undefined where they can't be told, or are too many. */
function entriesOf(directory: string): string[] | undefined {
  try {
    const entries = readdirSync(directory);
    return entries.length > MAX_ENTRIES ? undefined : entries;
  } catch {
    return undefined;
  }
}

export function realPath(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

/** False also where nothing could be reached: the process can't reach it either. */
function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function isFile(path: string): boolean {
  try {
    return !lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}
