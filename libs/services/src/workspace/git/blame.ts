import { OperationError, type InputOf, type OutputOf } from '#libs/kit';
import type { gitBlame } from '../operations/reading-git.js';
import type { OpenRepository } from './git.js';
import { commitOf } from './revisions.js';

/** The last moment that a Date can be. */
const MAX_DATE_MS = 8.64e15;

type Run = OutputOf<typeof gitBlame>['runs'][number];

export async function blame(
  { view, shown }: OpenRepository,
  { file, ref, from, lines }: InputOf<typeof gitBlame>,
): Promise<OutputOf<typeof gitBlame>> {
  const hash = await commitOf(view, ref);
  const range = `-L${from},${from + lines}`;
  const args = ['blame', '--no-textconv', '--porcelain', range, hash, '--', file];
  const { exitCode, output, truncated } = await view.run(args, { accepts: [128] });
  if (exitCode === 128) {
    throw new OperationError('failed', `There is no file ${JSON.stringify(file)} with a line ${from} in that commit`);
  }
  const { runs, more } = readBlame(output.toString(), from + lines);
  return { repository: shown, runs, more: more || truncated };
}

/** Reads what `git blame --porcelain` says of the lines before `end`; that is told once about each commit. */
function readBlame(text: string, end: number): { runs: Run[]; more: boolean } {
  const commits = new Map<string, Record<string, string>>();
  const runs: Run[] = [];
  let facts: Record<string, string> = {};
  let current = { hash: '', line: 0 };
  for (const row of text.split('\n')) {
    const heading = /^([0-9a-f]{40,64}) \d+ (\d+)/.exec(row);
    if (row.startsWith('\t')) {
      if (current.line >= end) return { runs, more: true };
      addLine(runs, current, row.slice(1), facts);
    } else if (heading?.[1] !== undefined) {
      current = { hash: heading[1], line: Number(heading[2]) };
      facts = commits.get(current.hash) ?? {};
      commits.set(current.hash, facts);
    } else {
      const blank = row.indexOf(' ');
      if (blank > 0) facts[row.slice(0, blank)] = row.slice(blank + 1);
    }
  }
  return { runs, more: false };
}

function addLine(
  runs: Run[],
  { hash, line }: { hash: string; line: number },
  text: string,
  facts: Record<string, string>,
) {
  const last = runs.at(-1);
  if (last?.hash === hash && last.from + last.lines.length === line) {
    last.lines.push(text);
    return;
  }
  const date = dateOf(facts['author-time']);
  const { author = '', summary = '' } = facts;
  runs.push({ from: line, hash, author, date, summary, lines: [text] });
}

/** A commit may tell any number of seconds, also one that is no date any more. */
function dateOf(seconds = '0'): string {
  return new Date(Math.min(Number(seconds) * 1_000, MAX_DATE_MS)).toISOString();
}
