import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { InputOf, OutputOf } from '#libs/kit';
import type { readFile as declaration } from '../operations/reading.js';
import { refused, type Inside } from '../roots/found.js';
import type { WorkspaceRoots } from '../roots/workspace-roots.js';
import { readAt, readLines } from './line-page.js';
import { textOf } from './text.js';

type Request = InputOf<typeof declaration>;
type Answer = OutputOf<typeof declaration>;

/** A page that mostly fits into an answer as it is. */
const PAGE = { lines: 2_000, bytes: 20 * 1024 };
/** Of a line that is longer than a page, and of a page of bytes. */
const MAX_BYTES = 1024 * 1024;

export function readFile(roots: WorkspaceRoots, request: Request, signal: AbortSignal): Promise<Answer> {
  return roots.withFile(request.path, async (file) => {
    const handle = await file.found.reopen(constants.O_RDONLY);
    try {
      const page =
        request.encoding === 'utf8' ? await linesOf(handle, file, request, signal) : await bytesOf(handle, request);
      return { path: file.path, encoding: request.encoding, offset: request.offset, ...page, ...factsOf(file) };
    } finally {
      await handle.close();
    }
  });
}

async function linesOf(
  handle: FileHandle,
  { path }: Inside,
  { offset, limit = PAGE.lines }: Request,
  signal: AbortSignal,
) {
  const range = { offset, limit, pageBytes: PAGE.bytes, lineBytes: MAX_BYTES };
  const page = await readLines(handle, range, signal);
  if (!page) {
    throw refused(
      path,
      `has a line of more than ${MAX_BYTES} bytes at offset ${offset}; read it with encoding "base64"`,
    );
  }
  const { bytes, lines, more } = page;
  return { content: textOf(bytes, path), shown: lines, nextOffset: more ? offset + lines : null };
}

async function bytesOf(handle: FileHandle, { offset, limit = PAGE.bytes }: Request) {
  const bytes = await readAt(handle, offset, limit + 1);
  const more = bytes.length > limit;
  const shown = more ? bytes.subarray(0, limit) : bytes;
  return { content: shown.toString('base64'), shown: shown.length, nextOffset: more ? offset + limit : null };
}

function factsOf({ found: { stats } }: Inside) {
  return { size: stats.size, modified: stats.mtime.toISOString() };
}
