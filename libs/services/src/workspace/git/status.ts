import type { OutputOf } from '#libs/kit';
import type { gitStatus } from '../operations/reading-git.js';
import type { OpenRepository } from './git.js';

type Status = OutputOf<typeof gitStatus>;
type Change = Status['staged'][number];

const MAX_ENTRIES = 1_000;

const changes: Readonly<Record<string, Change['change']>> = {
  A: 'added',
  M: 'modified',
  D: 'deleted',
  R: 'renamed',
  C: 'copied',
  T: 'retyped',
};

export async function status({ view, shown }: OpenRepository): Promise<Status> {
  const { output, truncated } = await view.run([
    'status',
    '--porcelain=v2',
    '-z',
    '--branch',
    '--untracked-files=normal',
    '--ignore-submodules=all',
  ]);
  const read = readStatus(output.toString());
  return { repository: shown, ...read, more: read.more || truncated };
}

/** Reads what `git status --porcelain=v2 -z --branch` says. An entry that was cut off is left out. */
function readStatus(text: string): Omit<Status, 'repository'> {
  const entries = text.split('\0').slice(0, -1);
  const found: Omit<Status, 'repository' | 'clean' | 'more'> = {
    branch: null,
    commit: null,
    staged: [],
    unstaged: [],
    untracked: [],
    conflicted: [],
  };
  let count = 0;
  for (let at = 0; at < entries.length && count < MAX_ENTRIES; at += 1) {
    const entry = entries[at] ?? '';
    const [kind = ''] = entry;
    if (kind === '#') readHeader(entry, found);
    else count += 1;
    if (kind === '?') found.untracked.push(entry.slice(2));
    if (kind === 'u') found.conflicted.push(pathAfter(entry, 10));
    if (kind === '1') addChange(entry.slice(2, 4), { path: pathAfter(entry, 8) }, found);
    if (kind === '2')
      addChange(entry.slice(2, 4), { path: pathAfter(entry, 9), from: entries[(at += 1)] ?? '' }, found);
  }
  const clean = count === 0;
  return { ...found, clean, more: count === MAX_ENTRIES && entries.length > MAX_ENTRIES };
}

function readHeader(entry: string, found: Omit<Status, 'repository' | 'clean' | 'more'>): void {
  const [, name, first = '', second = ''] = entry.split(' ');
  if (name === 'branch.oid' && first !== '(initial)') found.commit = first;
  if (name === 'branch.head' && first !== '(detached)') found.branch = first;
  if (name === 'branch.upstream') found.upstream = first;
  if (name === 'branch.ab') Object.assign(found, { ahead: Math.abs(Number(first)), behind: Math.abs(Number(second)) });
}

function addChange(
  states: string,
  { path, from }: { path: string; from?: string },
  { staged, unstaged }: Pick<Status, 'staged' | 'unstaged'>,
): void {
  for (const [state = '', list] of [
    [states[0], staged],
    [states[1], unstaged],
  ] as const) {
    const change = changes[state];
    if (!change) continue;
    const renamed = from !== undefined && (change === 'renamed' || change === 'copied');
    list.push({ path, change, ...(renamed && { from }) });
  }
}

/** What follows so many words: paths may hold blanks. */
function pathAfter(entry: string, words: number): string {
  let at = 0;
  for (let word = 0; word < words; word += 1) at = entry.indexOf(' ', at) + 1;
  return entry.slice(at);
}
