import { lstatSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

const MAX_LINKS = 40;

/** Where somebody who replaces a file may put something, with real paths. */
export interface HiddenNames {
  /** The file, each link that leads to it, and of what is not there the first part that is missing. */
  readonly names: readonly string[];
  /** Directories of links on the way that lead to their neighbours, which are replaced by new neighbours (`..data`). */
  readonly crossroads: readonly string[];
  readonly isLinked: boolean;
}

/** Follows an absolute path to its end. */
export function hiddenNames(path: string): HiddenNames {
  const names: string[] = [];
  const crossroads: string[] = [];
  const rest = partsOf(path);
  let at = '/';
  let links = 0;
  for (let part = rest.shift(); part !== undefined; part = rest.shift()) {
    const name = join(at, part);
    const target = part === '..' ? undefined : linkAt(name);
    const isLast = rest.length === 0;
    if (target === undefined) {
      if (isLast || !isThere(name)) return { names: [...names, name], crossroads, isLinked: links > 0 };
      at = name;
      continue;
    }
    if (isLast) names.push(name);
    else if (!target.includes('/')) crossroads.push(at);
    links += 1;
    if (links > MAX_LINKS) break;
    rest.unshift(...partsOf(target));
    if (target.startsWith('/')) at = '/';
  }
  return { names, crossroads, isLinked: links > 0 };
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
