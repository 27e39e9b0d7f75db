import { constants } from 'node:fs';
import { readAt } from '../files/line-page.js';
import { isRefusal } from '../roots/file-errors.js';
import { requireFile, type Inside } from '../roots/found.js';
import type { WorkspaceRoots } from '../roots/workspace-roots.js';
import type { Match } from './matches.js';

const SHOWN = 300;

export interface Line {
  path: string;
  line: number;
  text: string;
}

/**
 * The lines that were found in one file, read again through the same checks as any file. ripgrep follows names, which can
 * change hands while it works: what it saw in a file outside is not what is in the workspace, and is dropped.
 */
export async function provenLines(
  roots: WorkspaceRoots,
  directory: Inside,
  matches: readonly Match[],
): Promise<Line[]> {
  const [first] = matches;
  if (!first) return [];
  return held(roots, directory, first.path, async (file) => {
    requireFile(file);
    const handle = await file.found.reopen(constants.O_RDONLY);
    try {
      const lines: Line[] = [];
      for (const { line, offset, text } of matches) {
        const there = await readAt(handle, offset, text.length);
        if (there.equals(text)) lines.push({ path: file.path, line, text: shortened(text) });
      }
      return lines;
    } finally {
      await handle.close();
    }
  });
}

/** The path of a file that was found, as callers are shown it; none where it is not in the workspace by now. */
export function provenPath(roots: WorkspaceRoots, directory: Inside, path: string): Promise<{ path: string }[]> {
  return held(roots, directory, path, (file) => Promise.resolve([{ path: file.path }]));
}

async function held<T>(
  roots: WorkspaceRoots,
  directory: Inside,
  path: string,
  work: (file: Inside) => Promise<T[]>,
): Promise<T[]> {
  try {
    return await roots.withBelow(directory, path, work);
  } catch (error) {
    if (isRefusal(error)) return [];
    throw error;
  }
}

function shortened(bytes: Buffer): string {
  const text = bytes.toString().replace(/\r$/, '');
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
