import { createHash, randomUUID } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { StartError } from '#libs/kit';
import { DirectoryLock } from './directory-lock.js';

/** What root's gateways keep, apart from any checkout: the database's own user must be able to get there. */
export const SYSTEM_DIRECTORY = '/var/lib/mcp-gateway';

const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

/** The place where the gateway keeps its files. Nothing is touched before `prepare`, `acquire` or the first secret. */
export class DataDirectory {
  readonly location: string;
  private readonly lock: DirectoryLock;

  constructor(location: string) {
    this.location = resolve(location);
    this.lock = new DirectoryLock(this.path('gateway.lock'));
  }

  /** The directory that the settings name, or the default one. */
  static of({ dataDir }: { dataDir?: string | undefined }): DataDirectory {
    return dataDir === undefined ? DataDirectory.default() : new DataDirectory(dataDir);
  }

  /** `./data`; for root a directory that is named after the checkout. */
  static default(): DataDirectory {
    if (!isRoot()) return new DataDirectory('data');
    const checkout = createHash('sha256').update(realpathSync('.')).digest('hex').slice(0, 12);
    return new DataDirectory(join(SYSTEM_DIRECTORY, checkout));
  }

  path(...names: string[]): string {
    return join(this.location, ...names);
  }

  /** Creates the directory. Throws a StartError that says what to do when it can't be used. */
  prepare(): void {
    this.using(() => {
      makeDirectory(this.location);
      accessSync(`${this.location}/.`, constants.R_OK | constants.W_OK | constants.X_OK);
    });
  }

  /** Makes this the only gateway that uses the directory. Throws a StartError when another one does. */
  acquire(): void {
    this.prepare();
    this.using(() => this.lock.acquire());
  }

  /** Notes the address that the gateway listens on, for the message that a second one shows. */
  hold(address: string): void {
    this.using(() => this.lock.hold(address));
  }

  release(): void {
    this.lock.release();
  }

  /** The text of a file that only the gateway may read, made by `make` when there is none. */
  readOrCreateSecret(name: string, make: () => string): string {
    this.prepare();
    const path = this.path(name);
    const text = readIfThere(path) ?? this.using(() => this.createSecret(path, make()));
    if (text.trim() === '') {
      throw new StartError(`${path} is empty. Restore it from a backup, or delete it to have a new one made.`);
    }
    return text.trim();
  }

  /** The text of such a file; undefined where there is none. */
  readSecret(name: string): string | undefined {
    return readIfThere(this.path(name))?.trim() || undefined;
  }

  private using<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof StartError) throw error;
      const { code = '' } = error as NodeJS.ErrnoException;
      const task = FULL.has(code) ? 'Make room on its disk' : 'Let the gateway’s user write there';
      throw new StartError(
        `The data directory ${this.location} can't be used (${code}). ${task}, or set DATA_DIR to another directory.`,
        { cause: error },
      );
    }
  }

  /** Puts the whole file in place at once and answers its text, or that of one which came first. */
  private createSecret(path: string, text: string): string {
    const temporary = `${path}.${randomUUID()}`;
    const file = openSync(temporary, 'wx', 0o600);
    try {
      writeSync(file, `${text}\n`);
      fsyncSync(file);
      linkSync(temporary, path);
      return text;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return readFileSync(path, 'utf8');
      throw error;
    } finally {
      closeSync(file);
      rmSync(temporary, { force: true });
    }
  }
}

/**
 * Creates a directory and those above it, for the gateway alone. Through root's ones the database's user must be able
 * to pass: names in them are no secret, and secret files have a mode of their own.
 */
export function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  makeDirectory(dirname(path));
  const mode = isRoot() ? 0o711 : 0o700;
  mkdirSync(path, { recursive: true, mode });
  // The umask of whoever started the gateway may have taken bits away.
  chmodSync(path, mode);
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new StartError(`${path} can't be read (${code}).`, { cause: error });
  }
}
