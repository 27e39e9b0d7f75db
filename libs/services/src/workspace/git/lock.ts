import { constants } from 'node:fs';
import { mkdir, open, realpath, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { OperationError } from '#libs/kit';
import { notOurs } from './repository.js';

/**
 * A file of a repository that is about to be replaced. Git's own way: whoever makes `<file>.lock` has the file until that
 * is renamed over it or deleted.
 */
export class Lock {
  private done = false;

  private constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
  ) {}

  /** Throws `unavailable` where another process has it. */
  static async take(path: string): Promise<Lock> {
    const directory = dirname(path);
    await mkdir(directory, { recursive: true });
    if ((await realpath(directory)) !== directory) throw notOurs('a part of it is behind a link');
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    try {
      return new Lock(path, await open(`${path}.lock`, flags, 0o666));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw taken(error);
      throw error;
    }
  }

  /** Puts this content in the place of what was there. */
  async replace(content: Buffer | string): Promise<void> {
    await this.handle.writeFile(content);
    await this.handle.close();
    this.done = true;
    await rename(`${this.path}.lock`, this.path);
  }

  /** Gives the file back as it was, unless it was replaced. */
  async release(): Promise<void> {
    if (this.done) return;
    await this.handle.close();
    await rm(`${this.path}.lock`, { force: true });
  }
}

/** Holds these files of a repository for `work`. */
export async function withLocks<T>(paths: readonly string[], work: (...locks: Lock[]) => Promise<T>): Promise<T> {
  const locks: Lock[] = [];
  try {
    for (const path of paths) locks.push(await Lock.take(path));
    return await work(...locks);
  } finally {
    for (const lock of locks) await lock.release();
  }
}

function taken(cause: unknown): OperationError {
  const message = 'Another git process is at work in this repository; try again when it is done';
  return new OperationError('unavailable', message, { retryable: true, retryAfterMs: 1_000 }, { cause });
}
