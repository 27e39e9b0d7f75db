import { randomUUID } from 'node:crypto';
import { createWriteStream, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { StartError } from '#libs/kit';
import { makeDirectory, type DataDirectory } from '../data-directory.js';
import { SecretKey } from '../secret-key.js';
import type { ArchiveEntry } from './archive-writer.js';
import { fingerprintOf } from './backup.js';
import { ADMIN_KEY_FILE, AUDIT_FOLDER, isKeptFile, keptPlaces, SECRET_FILE } from './kept-files.js';
import { FILES } from './manifest.js';

/** The files of an archive on their way into a data directory: beside their places first, then moved there at once. */
export class RestoredFiles {
  private readonly workshop: string;
  private readonly names: string[] = [];

  constructor(private readonly directory: DataDirectory) {
    this.workshop = directory.path(`restore-${randomUUID()}`);
  }

  /** Writes one file of the archive beside its place. Any name but those that a backup takes is refused. */
  async stage({ name: entry, content }: ArchiveEntry, signal: AbortSignal): Promise<void> {
    const name = entry.slice(FILES.length);
    if (!isKeptFile(name)) throw new StartError(`The archive holds a file that no backup takes. Nothing was changed.`);
    const path = join(this.workshop, name);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    await pipeline(content, createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }), { signal });
    this.names.push(name);
  }

  /**
   * Throws a StartError unless a gateway started here would use the secret under which the backup's keys were stored:
   * they would all be dead otherwise.
   */
  checkSecret(fingerprint: string | null, given: string | undefined): void {
    if (fingerprint === null) return;
    const fits = (secret: string) => fingerprintOf(new SecretKey(secret, this.directory)) === fingerprint;
    const present = readIfThere(this.directory.path(SECRET_FILE));
    if (given !== undefined) {
      if (fits(given)) return;
      throw new StartError(
        'The backup was made under another secret than this MCP_SECRET_KEY: none of its API keys would work. Set the one ' +
          'that the backed-up gateway had. Nothing was changed.',
      );
    }
    if (present !== undefined) {
      if (fits(present)) return;
      throw new StartError(
        `${this.directory.path(SECRET_FILE)} is another secret than the one under which the backup was made, and is not ` +
          'overwritten. Move it away, or restore into another DATA_DIR. Nothing was changed.',
      );
    }
    if (this.names.includes(SECRET_FILE)) return;
    throw new StartError(
      'The backup was made with MCP_SECRET_KEY set, which is not in the archive. Set it to the same value, or none of the ' +
        'API keys would work. Nothing was changed.',
    );
  }

  /** Whether lines of the audit of another past are in the way. */
  get auditInTheWay(): boolean {
    return this.auditsInTheWay().length > 0;
  }

  /** Must be in place before the store counts: a gateway without it would make another. */
  placeSecret(): void {
    if (this.names.includes(SECRET_FILE) && !existsSync(this.directory.path(SECRET_FILE))) this.move(SECRET_FILE);
  }

  /** The others. Audit folders that were there are kept under other names, which are answered. */
  placeRest(): string[] {
    const suffix = `.replaced-${new Date().toISOString().replaceAll(':', '')}`;
    const aside = this.auditsInTheWay().map((folder) => {
      renameSync(folder, folder + suffix);
      return folder + suffix;
    });
    // those that are left from the store that was replaced open nothing any more
    for (const place of keptPlaces(this.directory)) rmSync(this.directory.path(place, ADMIN_KEY_FILE), { force: true });
    for (const name of this.names) if (name !== SECRET_FILE) this.move(name);
    return aside;
  }

  discard(): void {
    rmSync(this.workshop, { recursive: true, force: true });
  }

  private auditsInTheWay(): string[] {
    return keptPlaces(this.directory)
      .map((place) => this.directory.path(place, AUDIT_FOLDER))
      .filter((folder) => existsSync(folder) && readdirSync(folder).length > 0);
  }

  private move(name: string): void {
    const path = this.directory.path(name);
    makeDirectory(dirname(path));
    renameSync(join(this.workshop, name), path);
  }
}

function readIfThere(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}
