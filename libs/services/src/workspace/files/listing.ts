import { isRefusal } from '../roots/file-errors.js';
import type { Inside } from '../roots/found.js';
import type { WorkspaceRoots } from '../roots/workspace-roots.js';
import { namesIn, type Names } from './names-in.js';
import type { EntryType } from './file-info.js';

/** Something below a listed directory. */
export interface Entry {
  /** Its path from there. */
  readonly below: string;
  readonly type: EntryType;
  /** Of a file, in bytes. */
  readonly size?: number;
}

interface Bounds {
  /** Levels of directories. */
  depth: number;
  /** Entries at most. */
  limit: number;
}

/** Large, and seldom what is looked for; shown, and listed when they are asked for by their path. */
const closed = new Set(['.git', 'node_modules']);

/** What is in a directory and below it, level by level, each directory's names in order. */
export async function listBelow(
  roots: WorkspaceRoots,
  top: Inside,
  { depth, limit }: Bounds,
  signal: AbortSignal,
): Promise<{ entries: Entry[]; more: boolean }> {
  const entries: Entry[] = [];
  let level = [''];
  let cut = false;
  for (let depthLeft = depth; depthLeft > 0 && level.length > 0; depthLeft--) {
    const next: string[] = [];
    for (const directory of level) {
      signal.throwIfAborted();
      const { names, more } = await namesBelow(roots, top, directory, limit - entries.length);
      for (const { name, ...facts } of names) {
        const below = directory === '' ? name : `${directory}/${name}`;
        entries.push({ below, ...facts });
        if (facts.type === 'directory' && !closed.has(name)) next.push(below);
      }
      cut ||= more;
    }
    level = next;
  }
  return { entries, more: cut };
}

/** Of a directory below `top`, which may be gone or a link by now: then there is nothing in it. */
async function namesBelow(roots: WorkspaceRoots, top: Inside, below: string, limit: number): Promise<Names> {
  if (below === '') return namesIn(top.found, limit);
  try {
    return await roots.withBelow(top, below, ({ found }) => namesIn(found, limit));
  } catch (error) {
    if (isRefusal(error)) return { names: [], more: false };
    throw error;
  }
}
