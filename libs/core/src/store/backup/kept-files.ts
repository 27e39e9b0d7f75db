import { existsSync, lstatSync, readdirSync } from 'node:fs';
import type { DataDirectory } from '../data-directory.js';

export const SECRET_FILE = 'secret.key';
export const ADMIN_KEY_FILE = 'admin.key';
/** What the audit has not yet handed to the store, and the name under which this gateway writes it. */
export const AUDIT_FOLDER = 'audit';

/** Of `npm run start:cluster`, each of which has a directory of its own in this one. */
const REPLICAS = 'replicas';

const KEPT = new RegExp(
  `^(${SECRET_FILE}|(${REPLICAS}/\\d{1,2}/)?(${ADMIN_KEY_FILE}|${AUDIT_FOLDER}(/[A-Za-z0-9_-][A-Za-z0-9_.-]{0,47}){1,2}))$`,
);

/** The only names that a backup takes from the data directory, and a restore puts there. */
export function isKeptFile(name: string): boolean {
  return KEPT.test(name);
}

/** The files of the data directory that a restore needs, as paths below it. Links are left out. */
export function keptFiles(directory: DataDirectory): string[] {
  const own = keptPlaces(directory).flatMap((place) => [
    place + ADMIN_KEY_FILE,
    ...namesIn(directory, place + AUDIT_FOLDER, true).map((name) => `${place}${AUDIT_FOLDER}/${name}`),
  ]);
  return [SECRET_FILE, ...own].filter((name) => isKeptFile(name) && isFile(directory.path(name)));
}

/** Where a gateway keeps its own files: the directory itself, and that of each replica. */
export function keptPlaces(directory: DataDirectory): string[] {
  const replicas = namesIn(directory, REPLICAS).filter((name) => /^\d{1,2}$/.test(name));
  return ['', ...replicas.map((name) => `${REPLICAS}/${name}/`)];
}

function namesIn(directory: DataDirectory, folder: string, recursive = false): string[] {
  const path = directory.path(folder);
  return existsSync(path) ? readdirSync(path, { recursive, encoding: 'utf8' }).sort() : [];
}

function isFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
