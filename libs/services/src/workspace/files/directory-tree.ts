import type { InputOf, OutputOf } from '#libs/kit';
import type { directoryTree as declaration } from '../operations/reading.js';
import { parentOf } from '../roots/caller-path.js';
import type { WorkspaceRoots } from '../roots/workspace-roots.js';
import { listBelow, type Entry } from './listing.js';

type Request = InputOf<typeof declaration>;
type Answer = OutputOf<typeof declaration>;

const marks = { file: '', directory: '/', symlink: '@', other: '=' } as const;

export function directoryTree(
  roots: WorkspaceRoots,
  { path, depth, limit }: Request,
  signal: AbortSignal,
): Promise<Answer> {
  return roots.withDirectory(path, async (directory) => {
    const { entries, more } = await listBelow(roots, directory, { depth, limit }, signal);
    return { path: directory.path, tree: treeOf(entries), entries: entries.length, more };
  });
}

/** One name a line, below its directory and indented by two more blanks. */
export function treeOf(entries: readonly Entry[]): string {
  const children = new Map<string, Entry[]>();
  for (const entry of entries) {
    const directory = parentOf(entry.below);
    const siblings = children.get(directory);
    if (siblings) siblings.push(entry);
    else children.set(directory, [entry]);
  }
  const lines = (directory: string, indent: string): string[] =>
    (children.get(directory) ?? []).flatMap(({ below, type }) => [
      `${indent}${printable(below.slice(directory === '' ? 0 : directory.length + 1))}${marks[type]}`,
      ...(type === 'directory' ? lines(below, `${indent}  `) : []),
    ]);
  return lines('', '').join('\n');
}

/** A name with line breaks would pass for several. */
function printable(name: string): string {
  return name.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`);
}
