import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { invalidField, type InputOf, type OutputOf } from '#libs/kit';
import type { writeFile as declaration } from '../operations/writing.js';
import { isMissing, isThere } from '../roots/file-errors.js';
import { requireFile } from '../roots/found.js';
import type { NameInside } from '../roots/name-inside.js';
import type { WorkspaceRoots } from '../roots/workspace-roots.js';
import { inTurn } from './in-turn.js';
import { createFile, putFile } from './put-file.js';

type Request = InputOf<typeof declaration>;
type Answer = OutputOf<typeof declaration>;

export function writeFile(roots: WorkspaceRoots, request: Request): Promise<Answer> {
  const bytes = bytesOf(request);
  return roots.withNewName(request.path, (name) => inTurn(name, () => write(roots, name, request.mode, bytes)));
}

function write(roots: WorkspaceRoots, name: NameInside, mode: Request['mode'], bytes: Buffer): Promise<Answer> {
  switch (mode) {
    case 'create':
      return create(name, bytes);
    case 'overwrite':
      return whereMissing(() => overwrite(roots, name, bytes), name, bytes);
    case 'append':
      return whereMissing(() => append(roots, name, bytes), name, bytes);
  }
}

async function create(name: NameInside, bytes: Buffer): Promise<Answer> {
  await createFile(name, bytes);
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
      await appendWhole(handle, bytes);
      return { path: file.path, size: (await handle.stat()).size, created: false };
    } finally {
      await handle.close();
    }
  });
}

/** Whole or not at all, but where others append at the same time: what is theirs stays. */
async function appendWhole(handle: FileHandle, bytes: Buffer): Promise<void> {
  const { size } = await handle.stat();
  let written = 0;
  try {
    while (written < bytes.length) written += (await handle.write(bytes, written)).bytesWritten;
  } catch (error) {
    await cutOff(handle, size, written).catch(() => undefined);
    throw error;
  }
}

async function cutOff(handle: FileHandle, size: number, written: number): Promise<void> {
  if ((await handle.stat()).size === size + written) await handle.truncate(size);
}

async function whereMissing(write: () => Promise<Answer>, name: NameInside, bytes: Buffer): Promise<Answer> {
  try {
    return await write();
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  try {
    return await create(name, bytes);
  } catch (error) {
    // somebody else has made it meanwhile
    if (!isThere(error)) throw error;
    return write();
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
