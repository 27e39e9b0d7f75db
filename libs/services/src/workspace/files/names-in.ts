import type { Dirent } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import type { Found } from '../roots/found.js';
import { typeOf, type EntryType } from './file-info.js';

/** The first names of a directory, in order. */
export interface Names {
  names: { name: string; type: EntryType; size?: number }[];
  more: boolean;
}

/** Names that are read of one directory, to be sorted and cut; beyond it the first that come are shown. */
const MAX_READ = 20_000;
/** Sizes that are asked for at once, so that other work of the thread pool gets its turn. */
const AT_ONCE = 16;

export async function namesIn(directory: Found, limit: number): Promise<Names> {
  const read: Dirent[] = [];
  for await (const entry of await opendir(directory.path, { bufferSize: 512 })) {
    if (read.length === MAX_READ) break;
    read.push(entry);
  }
  const names: Names['names'] = [];
  const shown = read.sort((one, other) => (one.name < other.name ? -1 : 1)).slice(0, limit);
  for (let start = 0; start < shown.length; start += AT_ONCE) {
    names.push(...(await Promise.all(shown.slice(start, start + AT_ONCE).map((entry) => factsOf(directory, entry)))));
  }
  return { names, more: read.length > limit || read.length === MAX_READ };
}

async function factsOf(directory: Found, entry: Dirent) {
  const { name } = entry;
  const type = typeOf(entry);
  const stats = type === 'file' ? await lstat(directory.child(name)).catch(() => undefined) : undefined;
  return { name, type, ...(stats && { size: stats.size }) };
}
