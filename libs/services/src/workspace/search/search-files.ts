import { invalidField, type InputOf, type OperationContext, type OutputOf } from '#libs/kit';
import type { searchFiles as declaration } from '../operations/reading.js';
import { Places } from '../places.js';
import type { Inside } from '../roots/found.js';
import type { WorkspaceRoots } from '../roots/workspace-roots.js';
import { MatchReader, type Match } from './matches.js';
import { provenLines, provenPath } from './proven-lines.js';
import { runRipgrep, type SearchEnd } from './ripgrep.js';

type Request = InputOf<typeof declaration>;
type Answer = OutputOf<typeof declaration>;

/** Each keeps a core busy; the others wait in line. */
const searches = new Places(4);
/** Milliseconds; what was found by then is the answer. */
const SEARCH_MS = 15_000;
/** Milliseconds that are left for the answer. */
const ANSWER_MS = 1_000;

const quiet = ['--no-config', '--no-messages', '--color=never', '--null', '--sort=path'];
const scope = ['--hidden', '--glob=!.git', '--no-ignore-parent', '--no-ignore-global', '--no-require-git'];
/** Lines as they are in the file, so that their place in it can be told. */
const lines = [
  '--line-number',
  '--byte-offset',
  '--no-heading',
  '--with-filename',
  '--encoding=none',
  '--max-filesize=16M',
];

export async function searchFiles(roots: WorkspaceRoots, request: Request, context: OperationContext): Promise<Answer> {
  for (const field of ['pattern', 'regex'] as const) {
    if (request[field]?.includes('\0')) throw invalidField(field, 'no NUL character', 'one');
  }
  return searches.with(context.signal, () => search(roots, request, context));
}

function search(roots: WorkspaceRoots, request: Request, context: OperationContext): Promise<Answer> {
  return roots.withDirectory(request.path, async (directory) => {
    const time = AbortSignal.timeout(Math.max(0, Math.min(SEARCH_MS, context.remainingMs - ANSWER_MS)));
    const options = { cwd: directory.found.path, signal: AbortSignal.any([context.signal, time]) };
    const { results, complete } = await (request.regex === undefined
      ? searchNames(roots, directory, request, options)
      : searchLines(roots, directory, request, options));
    context.signal.throwIfAborted();
    return { results: results.slice(0, request.limit), more: !complete || results.length > request.limit };
  });
}

interface Options {
  cwd: string;
  signal: AbortSignal;
}

interface Found {
  results: Answer['results'];
  complete: boolean;
}

async function searchLines(
  roots: WorkspaceRoots,
  directory: Inside,
  request: Request,
  options: Options,
): Promise<Found> {
  const reader = new MatchReader();
  const found = new Map<string, Match[]>();
  let count = 0;
  const args = [...argsOf(request), ...lines, `--regexp=${request.regex ?? ''}`, '--', '.'];
  const end = await runRipgrep(args, options, (output) => {
    for (const match of reader.read(output)) {
      count++;
      const before = found.get(match.path);
      if (before) before.push(match);
      else found.set(match.path, [match]);
    }
    return count <= request.limit;
  });
  refuseComplaint(end);
  const results: Answer['results'] = [];
  for (const matches of found.values()) {
    if (results.length > request.limit) break;
    results.push(...(await provenLines(roots, directory, matches)));
  }
  return { results, complete: end.complete };
}

async function searchNames(
  roots: WorkspaceRoots,
  directory: Inside,
  request: Request,
  options: Options,
): Promise<Found> {
  let text = '';
  let count = 0;
  const decoder = new TextDecoder();
  const end = await runRipgrep([...argsOf(request), '--files', '--', '.'], options, (output) => {
    text += decoder.decode(output, { stream: true });
    for (const byte of output) if (byte === 0) count++;
    return count <= request.limit;
  });
  refuseComplaint(end);
  const results: Answer['results'] = [];
  for (const path of text.split('\0').slice(0, -1)) {
    if (results.length > request.limit) break;
    results.push(...(await provenPath(roots, directory, path)));
  }
  return { results, complete: end.complete };
}

function argsOf({ pattern, ignored }: Request): string[] {
  const glob = pattern === undefined ? [] : [`--glob=${pattern}`];
  return [...quiet, ...glob, ...scope, ...(ignored ? ['--no-ignore'] : [])];
}

function refuseComplaint({ complaint }: SearchEnd): void {
  if (complaint === undefined) return;
  const about = complaint.replace(/^rg: /, '').trim();
  if (about.startsWith('error parsing glob')) throw invalidField('pattern', 'a glob', about);
  throw invalidField('regex', 'a regular expression of ripgrep’s syntax', about);
}
