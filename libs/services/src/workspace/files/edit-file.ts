import { constants } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import { invalidField, type InputOf, type OutputOf } from '#libs/kit';
import type { editFile as declaration } from '../operations/writing.js';
import { refused, requireFile, type Found, type Inside } from '../roots/found.js';
import type { WorkspaceRoots } from '../roots/workspace-roots.js';
import { inTurn } from './in-turn.js';
import { readAt } from './line-page.js';
import { putFile } from './put-file.js';
import { replaceAll } from './replacements.js';
import { textOf } from './text.js';

type Request = InputOf<typeof declaration>;
type Answer = OutputOf<typeof declaration>;

const MAX_BYTES = 2 * 1024 * 1024;
const HALF_CHARACTER = /\p{Surrogate}/u;
/** Milliseconds that the event loop may be held up for a diff. */
const DIFF_MS = 25;

export async function editFile(roots: WorkspaceRoots, { path, edits, dryRun }: Request): Promise<Answer> {
  requireWhole(edits);
  return roots.withName(path, (name) =>
    inTurn(name, () =>
      roots.withChild(name, async (file) => {
        requireFile(file);
        const before = await textIn(file);
        const { text, replaced } = await replaceAll(before, edits);
        const changed = !dryRun && text !== before;
        if (changed) {
          await requireUnchanged(name.at, file);
          await putFile(name, Buffer.from(text), file.found.stats);
        }
        return { path: file.path, changed, replaced, diff: diffOf(file.path, before, text) };
      }),
    ),
  );
}

/** Half of a surrogate pair is in no file, and would be written as a replacement character. */
function requireWhole(edits: Request['edits']): void {
  for (const [index, edit] of edits.entries()) {
    for (const field of ['oldText', 'newText'] as const) {
      if (HALF_CHARACTER.test(edit[field])) {
        throw invalidField(`edits.${index}.${field}`, 'text of whole characters', 'something else');
      }
    }
  }
}

async function textIn({ found, path }: Inside): Promise<string> {
  const handle = await found.reopen(constants.O_RDONLY);
  try {
    const bytes = await readAt(handle, 0, MAX_BYTES + 1);
    if (bytes.length > MAX_BYTES) throw refused(path, `is larger than ${MAX_BYTES} bytes, too large to edit`);
    return textOf(bytes, path);
  } finally {
    await handle.close();
  }
}

/** Somebody else's change would be lost. */
async function requireUnchanged(at: string, { found, path }: Inside): Promise<void> {
  const now = await lstat(at);
  if (factsOf(now) !== factsOf(found.stats)) {
    throw refused(path, 'was changed by somebody else meanwhile; read it again');
  }
}

function factsOf({ dev, ino, size, mtimeMs }: Found['stats']): string {
  return [dev, ino, size, mtimeMs].join(' ');
}

function diffOf(path: string, before: string, after: string): string | null {
  if (before === after) return '';
  const options = { context: 3, timeout: DIFF_MS, headerOptions: FILE_HEADERS_ONLY };
  return createTwoFilesPatch(path, path, before, after, undefined, undefined, options) ?? null;
}
