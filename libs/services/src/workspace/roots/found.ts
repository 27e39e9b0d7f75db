import { constants, type Stats } from 'node:fs';
import { open, readlink, type FileHandle } from 'node:fs/promises';
import { OperationError } from '#libs/kit';
import type { Place } from './caller-path.js';

/** Linux: names a file without opening it, so that no device or FIFO notices. */
const O_PATH = 0o10000000;

/**
 * Something that is there, held by a descriptor: what was checked stays what is used, whatever happens to its name
 * meanwhile.
 */
export class Found {
  private constructor(
    private readonly handle: FileHandle,
    readonly stats: Stats,
    /** Where it really is, as the kernel says. */
    readonly realPath: string,
  ) {}

  /** Takes hold of a name, without following it where it is a link. */
  static async at(path: string): Promise<Found> {
    const handle = await open(path, O_PATH | constants.O_NOFOLLOW);
    try {
      return new Found(handle, await handle.stat(), await readlink(descriptorPath(handle)));
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Leads to this very thing, for this process and for a child that it starts in it. */
  get path(): string {
    return descriptorPath(this.handle);
  }

  get descriptor(): number {
    return this.handle.fd;
  }

  /** Of a directory: leads to a name in this very directory. */
  child(name: string): string {
    return `${this.path}/${name}`;
  }

  /** Opens this very file. Never waits: of a FIFO for its other end, say. */
  reopen(flags: number): Promise<FileHandle> {
    return open(this.path, flags | constants.O_NONBLOCK | constants.O_NOCTTY);
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

/** Something in the workspace. */
export interface Inside {
  readonly found: Found;
  readonly place: Place;
  /** Its path as callers are shown it. */
  readonly path: string;
}

export function requireFile({ found: { stats }, path }: Inside): void {
  if (stats.isDirectory()) throw refused(path, 'is a directory, not a file');
  if (stats.isSymbolicLink()) throw refused(path, 'is a symbolic link; use the path that it leads to');
  if (!stats.isFile()) throw refused(path, 'is no regular file; pipes, sockets and devices are not opened');
  if (stats.nlink > 1) {
    throw refused(path, 'has more than one name (hard links), of which another one may be outside of the workspace');
  }
}

export function requireDirectory({ found: { stats }, path }: Inside): void {
  if (stats.isSymbolicLink()) throw refused(path, 'is a symbolic link; use the path that it leads to');
  if (!stats.isDirectory()) throw refused(path, 'is not a directory');
}

/** A refusal about one path that callers know. */
export function refused(path: string, what: string): OperationError {
  return new OperationError('failed', `${JSON.stringify(path)} ${what}`);
}

function descriptorPath({ fd }: FileHandle): string {
  return `/proc/self/fd/${fd}`;
}
