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
  const { args, input } = askedBy(request);
  const asked = [...args, ...lines, `--regexp=${request.regex ?? ''}`, '--', '.'];
  const end = await runRipgrep(asked, { ...options, input }, (output) => {
    for (const match of reader.read(output)) {
      count++;
      const before = found.get(match.path);
      if (before) before.push(match);
      else found.set(match.path, [match]);
    }
    return count <= request.limit;
  });
  refuseComplaint(end);
  const wanted = await thoseOf(request, [...found.keys()], options);
  const results: Answer['results'] = [];
  for (const [path, matches] of found) {
    if (results.length > request.limit) break;
    if (wanted.has(path)) results.push(...(await provenLines(roots, directory, matches)));
  }
  return { results, complete: end.complete };
}

async function searchNames(
  roots: WorkspaceRoots,
  directory: Inside,
  request: Request,
  options: Options,
): Promise<Found> {
  const { args, input } = askedBy(request);
  const paths: string[] = [];
  const end = await listFiles(args, { ...options, input }, (path) => {
    paths.push(path);
    return paths.length <= request.limit;
  });
  refuseComplaint(end);
  const results: Answer['results'] = [];
  for (const path of await thoseOf(request, paths, options)) {
    if (results.length > request.limit) break;
    results.push(...(await provenPath(roots, directory, path)));
  }
  return { results, complete: end.complete };
}

/** A glob would outrank .gitignore; as the last of all ignore files, one that ignores all else does not. */
function askedBy(request: Request): { args: string[]; input?: string } {
  if (!isUnderIgnoreFiles(request)) return { args: globArgs(request) };
  const { pattern, ...others } = request;
  return { args: [...globArgs(others), '--ignore-file=/dev/stdin'], input: `*\n!*/\n!${pattern}\n` };
}

/**
 * Those of the files that the pattern matches: one that an ignore file takes back (`!this`) is found whatever the pattern. They
 * are looked for in the directories of the files alone; all where there is no time for it.
 */
async function thoseOf(request: Request, paths: readonly string[], options: Options): Promise<ReadonlySet<string>> {
  const found = new Set(paths);
  if (!isUnderIgnoreFiles(request)) return found;
  const directories = new Set(paths.map((path) => path.slice(0, path.lastIndexOf('/'))));
  // where there are none, a pattern that is no glob may be why
  if (found.size === 0) directories.add('.');
  const matching = new Set<string>();
  const args = [...globArgs(request), '--max-depth=1'];
  const end = await listFiles(args, options, (path) => Boolean(matching.add(path)), [...directories]);
  refuseComplaint(end);
  return end.complete ? new Set(paths.filter((path) => matching.has(path))) : found;
}

function isUnderIgnoreFiles({ pattern, ignored }: Request): boolean {
  return pattern !== undefined && !/^!|[\r\n]/.test(pattern) && !ignored;
}

function globArgs({ pattern, ignored }: Pick<Request, 'pattern' | 'ignored'>): string[] {
  const glob = pattern === undefined ? [] : [`--glob=${pattern}`];
  return [...quiet, ...glob, ...scope, ...(ignored ? ['--no-ignore'] : [])];
}

/** @param take answers whether it wants more */
async function listFiles(
  args: readonly string[],
  options: Parameters<typeof runRipgrep>[1],
  take: (path: string) => boolean,
  directories: readonly string[] = ['.'],
): Promise<SearchEnd> {
  const decoder = new TextDecoder();
  let rest = '';
  return runRipgrep([...args, '--files', '--', ...directories], options, (output) => {
    const paths = `${rest}${decoder.decode(output, { stream: true })}`.split('\0');
    rest = paths.pop() ?? '';
    return paths.every(take);
  });
}

function refuseComplaint({ complaint }: SearchEnd): void {
  if (complaint === undefined) return;
  const about = complaint.replace(/^rg: /, '').trim();
  if (about.startsWith('error parsing glob')) throw invalidField('pattern', 'a glob', about);
  throw invalidField('regex', 'a regular expression of ripgrep’s syntax', about);
}
