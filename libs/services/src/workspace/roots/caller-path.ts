import { posix } from 'node:path';
import { invalidField } from '#libs/kit';

/** A directory in which callers may work. */
export interface Root {
  /** What callers write before a colon; paths in the first root need no name. */
  readonly name: string;
  /** Where it is, all links resolved. */
  readonly path: string;
  /** As the operator wrote it, made absolute; callers may use that too. */
  readonly written: string;
}

/** Where a caller's path points by its words alone: nothing was looked at yet. */
export interface Place {
  readonly root: Root;
  /** Below the root, without `.`, `..` and empty names; empty for the root itself. */
  readonly below: string;
}

/** The kernel's PATH_MAX, its closing NUL included. */
const MAX_PATH_BYTES = 4096;

/**
 * Reads a path as callers write it: relative to the first root, `<root>:` and a path below that root, or absolute inside
 * a root.
 *
 * @throws OperationError `invalid` that names `field`, for a path that can't be one or leaves its root
 */
export function placeOf(path: string, roots: readonly Root[], field = 'path'): Place {
  refuseUnusable(path, field);
  const colon = path.indexOf(':');
  const named = colon > 0 ? roots.find(({ name }) => name === path.slice(0, colon)) : undefined;
  const place = named
    ? { root: named, below: below(path.slice(colon + 1).replace(/^\/+/, '')) }
    : path.startsWith('/')
      ? placeOfAbsolute(posix.normalize(path), roots)
      : { root: roots[0], below: below(path) };
  if (place?.root === undefined || place.below === undefined) {
    throw invalidField(field, `a path inside the workspace (${hint(roots)})`, JSON.stringify(shortened(path)));
  }
  return { root: place.root, below: place.below };
}

/** The path of a place as callers are shown it, which `placeOf` reads as the same place. */
export function pathOf({ root, below }: Place, roots: readonly Root[]): string {
  if (root !== roots[0]) return `${root.name}:${below}`;
  if (below === '') return '.';
  return roots.some(({ name }) => below.startsWith(`${name}:`)) ? `./${below}` : below;
}

/** Where a real path is; undefined where that is outside of all roots. The innermost of nested roots counts. */
export function placeOfReal(real: string, roots: readonly Root[]): Place | undefined {
  return innermost(real, roots, ({ path }) => path);
}

/** Where a file of this place is by its words. */
export function absoluteOf({ root, below }: Place): string {
  return below === '' ? root.path : `${root.path}/${below}`;
}

/** A place below a place. */
export function belowOf({ root, below }: Place, path: string): Place {
  return { root, below: below === '' ? path : `${below}/${path}` };
}

/** The path above, empty at the top. */
export function parentOf(below: string): string {
  return below.slice(0, Math.max(0, below.lastIndexOf('/')));
}

function placeOfAbsolute(path: string, roots: readonly Root[]): Place | undefined {
  const trimmed = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
  return placeOfReal(trimmed, roots) ?? innermost(trimmed, roots, ({ written }) => written);
}

function innermost(path: string, roots: readonly Root[], at: (root: Root) => string): Place | undefined {
  const holding = roots.filter((root) => path === at(root) || path.startsWith(`${at(root)}/`));
  const root = holding.sort((one, other) => at(other).length - at(one).length)[0];
  return root && { root, below: path.slice(at(root).length + 1) };
}

/** Undefined where the path climbs above where it began. */
function below(relative: string): string | undefined {
  const path = posix.normalize(relative).replace(/\/$/, '');
  if (path === '..' || path.startsWith('../')) return undefined;
  return path === '.' ? '' : path;
}

function refuseUnusable(path: string, field: string): void {
  if (path === '') throw invalidField(field, 'a path', 'an empty text');
  if (path.includes('\0')) throw invalidField(field, 'a path without NUL characters', 'one that has them');
  if (/\p{Surrogate}/u.test(path)) throw invalidField(field, 'a path of whole characters', 'half of a surrogate pair');
  const bytes = Buffer.byteLength(path);
  if (bytes >= MAX_PATH_BYTES) throw invalidField(field, `fewer than ${MAX_PATH_BYTES} bytes`, `${bytes}`);
}

function hint(roots: readonly Root[]): string {
  const others = roots.slice(1).map(({ name }) => `${name}:…`);
  return others.length === 0 ? 'relative to its top' : `relative to the first root, or ${others.join(' or ')}`;
}

function shortened(path: string): string {
  return path.length > 200 ? `${path.slice(0, 200)}…` : path;
}
