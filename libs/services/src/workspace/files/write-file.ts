import { constants } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { invalidField, type InputOf, type OutputOf } from '#libs/kit';
import type { writeFile as declaration } from '../operations/writing.js';
import { isMissing } from '../roots/file-errors.js';
import { requireFile } from '../roots/found.js';
import type { NameInside } from '../roots/name-inside.js';
import type { WorkspaceRoots } from '../roots/workspace-roots.js';
import { createNew, putFile } from './put-file.js';

type Request = InputOf<typeof declaration>;
type Answer = OutputOf<typeof declaration>;

export function writeFile(roots: WorkspaceRoots, request: Request): Promise<Answer> {
  const bytes = bytesOf(request);
  return roots.withName(request.path, async (name) => {
    switch (request.mode) {
      case 'create':
        return create(name, bytes);
      case 'overwrite':
        return whereMissing(() => overwrite(roots, name, bytes), name, bytes);
      case 'append':
        return whereMissing(() => append(roots, name, bytes), name, bytes);
    }
  });
}

/** Takes the name first, so that nothing that comes there meanwhile is replaced. */
async function create(name: NameInside, bytes: Buffer): Promise<Answer> {
  await (await createNew(name.at)).close();
  try {
    await putFile(name, bytes);
  } catch (error) {
    await unlink(name.at).catch(() => undefined);
    throw error;
  }
  return { path: name.path, size: bytes.length, created: true };
}

function overwrite(roots: WorkspaceRoots, name: NameInside, bytes: Buffer): Promise<Answer> {
  return roots.withChild(name, async (file) => {
    requireFile(file);
    await putFile(name, bytes, file.found.stats);
    return { path: file.path, size: bytes.length, created: false };
  });
}

function append(roots: WorkspaceRoots, name: NameInside, bytes: Buffer): Promise<Answer> {
  return roots.withChild(name, async (file) => {
    requireFile(file);
    const handle = await file.found.reopen(constants.O_WRONLY | constants.O_APPEND);
    try {
      await handle.writeFile(bytes);
      return { path: file.path, size: (await handle.stat()).size, created: false };
    } finally {
      await handle.close();
    }
  });
}

async function whereMissing(write: () => Promise<Answer>, name: NameInside, bytes: Buffer): Promise<Answer> {
  try {
    return await write();
  } catch (error) {
    if (!isMissing(error)) throw error;
    return create(name, bytes);
  }
}

function bytesOf({ content, encoding }: Request): Buffer {
  const bytes = Buffer.from(content, encoding);
  // node skips what it can't read in base64, and writes a replacement character for half of a surrogate pair
  if (bytes.toString(encoding) === content) return bytes;
  throw invalidField(
    'content',
    encoding === 'utf8' ? 'text of whole characters' : 'base64 with padding',
    'something else',
  );
}
