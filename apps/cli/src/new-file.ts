import { existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { Failure } from './failure.js';

/** Writes a file for its owner alone that is not there yet: whole, or not at all. */
export async function writeNewFile(path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  if (existsSync(path)) throw new Failure('usage', `${path} is there already; name a new file`);
  const draft = `${path}.${process.pid}.tmp`;
  const file = await open(draft, 'wx', 0o600).catch((error: unknown) => {
    throw unwritable(path, error);
  });
  try {
    await pipeline(content, file.createWriteStream());
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error instanceof Failure ? error : unwritable(path, error);
  }
}

function unwritable(path: string, error: unknown): Failure {
  const { code } = error as NodeJS.ErrnoException;
  return new Failure('failed', `${path} can't be written (${code ?? String(error)})`);
}
