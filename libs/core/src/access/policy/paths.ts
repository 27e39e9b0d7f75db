import { posix } from 'node:path';
import { fold } from './glob.js';
import type { Truth } from './truth.js';

/** What some servers read in a way of their own: other separators, encoded characters, homes, schemes. */
const ambiguous = /[\\%\0]|^~|^[\w+.-]+:/;

/**
 * Whether a path is a folder or lies below it, by the words of both. In doubt where only what opens the path knows: a
 * relative path against an absolute one, or a way up beyond where both begin.
 *
 * @param isResolved both were written by the service that opens them
 */
export function isUnder(path: string, folder: string, isResolved: boolean): Truth {
  if (!isResolved && (ambiguous.test(path) || ambiguous.test(folder))) return undefined;
  const inner = normal(path);
  const outer = normal(folder);
  if (posix.isAbsolute(inner) !== posix.isAbsolute(outer) || leaves(inner) || leaves(outer)) return undefined;
  if (lies(inner, outer)) return true;
  return lies(fold(inner), fold(outer)) ? undefined : false;
}

function lies(inner: string, outer: string): boolean {
  if (outer === '.') return true;
  return inner === outer || inner.startsWith(outer.endsWith('/') ? outer : `${outer}/`);
}

function leaves(path: string): boolean {
  return path === '..' || path.startsWith('../');
}

function normal(path: string): string {
  const normalized = posix.normalize(path === '' ? '.' : path);
  return normalized.length > 1 && normalized.endsWith('/') ? normalized.slice(0, -1) : normalized;
}
