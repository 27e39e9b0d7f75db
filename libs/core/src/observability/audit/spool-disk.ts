import {
  close,
  closeSync,
  fdatasync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs';
import { randomBytes } from 'node:crypto';

/** Real bytes that are given up when the disk is full, for the lines of calls that already run. */
const RESERVE_BYTES = 2 ** 20;
const PRIVATE = 0o600;

/** What the spool asks of the file system. */
export class SpoolDisk {
  /** How many syncs are under way, by file. */
  private readonly syncing = new Map<number, number>();
  /** Files to be closed when their last sync is over. */
  private readonly closing = new Set<number>();

  /** Opens a new file for appending. */
  create(path: string): number {
    return openSync(path, 'ax', PRIVATE);
  }

  read(path: string): Buffer {
    return readFileSync(path);
  }

  /** A sync that is under way comes first: else it would meet no file, or another one of the same number. */
  close(file: number): void {
    if (this.syncing.has(file)) this.closing.add(file);
    else closeSync(file);
  }

  /** Appends all of it. Throws with nothing of it left in the file, unless the disk refuses even that. */
  append(file: number, data: Buffer, sizeBefore: number): void {
    try {
      for (let written = 0; written < data.length;) written += writeSync(file, data, written);
    } catch (error) {
      ftruncateSync(file, sizeBefore);
      throw error;
    }
  }

  /** Whether the file is as long as it is thought to be. */
  isWhole(file: number, size: number): boolean {
    return fstatSync(file).size === size;
  }

  sync(file: number): Promise<void> {
    this.syncing.set(file, (this.syncing.get(file) ?? 0) + 1);
    return new Promise((resolve, reject) => {
      fdatasync(file, (error) => {
        this.endSync(file);
        if (error) reject(error);
        else resolve();
      });
    });
  }

  /** Makes the reserve where it is not there yet; throws and leaves nothing behind where it does not fit. */
  makeReserve(path: string): void {
    if (statSync(path, { throwIfNoEntry: false })?.size === RESERVE_BYTES) return;
    rmSync(path, { force: true });
    const file = openSync(path, 'wx', PRIVATE);
    try {
      this.append(file, randomBytes(RESERVE_BYTES), 0);
    } catch (error) {
      rmSync(path, { force: true });
      throw error;
    } finally {
      closeSync(file);
    }
  }

  /** Whether there was one. */
  giveUpReserve(path: string): boolean {
    const there = statSync(path, { throwIfNoEntry: false }) !== undefined;
    rmSync(path, { force: true });
    return there;
  }

  /** What is free for an ordinary user, and all, in bytes. */
  space(path: string): { free: number; all: number } {
    const { bavail, blocks, bsize } = statfsSync(path);
    return { free: bavail * bsize, all: blocks * bsize };
  }

  private endSync(file: number): void {
    const left = (this.syncing.get(file) ?? 1) - 1;
    if (left > 0) {
      this.syncing.set(file, left);
      return;
    }
    this.syncing.delete(file);
    // its syncs have told what there is to know of it
    if (this.closing.delete(file)) close(file, () => undefined);
  }
}
