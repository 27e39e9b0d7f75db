import { constants } from 'node:fs';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { OperationError } from '#libs/kit';
import type { Found } from '../roots/found.js';
import { holdBelow } from './held.js';

/**
 * A file of a repository that is about to be replaced. Git's own way: whoever makes `<file>.lock` has the file until that
 * is renamed over it or deleted.
 */
export class Lock {
  private done = false;

  private constructor(
    private readonly directory: Found,
    private readonly name: string,
    private readonly handle: FileHandle,
  ) {}

  /**
   * Throws `unavailable` where another process has it.
   *
   * @param path of the file, below a directory that is held
   */
  static async take(from: Found, path: string): Promise<Lock> {
    const directory = await holdBelow(from, dirname(path), { make: true });
    const name = basename(path);
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    try {
      return new Lock(directory, name, await open(directory.child(`${name}.lock`), flags, 0o666));
    } catch (error) {
      await directory.close();
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw taken(error);
      throw error;
    }
  }

  /** Puts this content in the place of what was there. */
  async replace(content: Buffer | string): Promise<void> {
    await this.handle.writeFile(content);
    await this.handle.close();
    this.done = true;
    await rename(this.directory.child(`${this.name}.lock`), this.directory.child(this.name));
  }

  /** Gives the file back as it was, unless it was replaced. */
  async release(): Promise<void> {
    if (!this.done) {
      await this.handle.close();
      await rm(this.directory.child(`${this.name}.lock`), { force: true });
    }
    await this.directory.close();
  }
}

/** Holds a file of a repository for `work`. */
export async function withLock<T>(from: Found, path: string, work: (lock: Lock) => Promise<T>): Promise<T> {
  const lock = await Lock.take(from, path);
  try {
    return await work(lock);
  } finally {
    await lock.release();
  }
}

function taken(cause: unknown): OperationError {
  const message = 'Another git process is at work in this repository; try again when it is done';
  return new OperationError('unavailable', message, { retryable: true, retryAfterMs: 1_000 }, { cause });
}
