import { existsSync, lstatSync, readdirSync } from 'node:fs';
import type { DataDirectory } from '../data-directory.js';

export const SECRET_FILE = 'secret.key';
export const ADMIN_KEY_FILE = 'admin.key';
/** What the audit has not yet handed to the store, and the name under which this gateway writes it. */
export const AUDIT_FOLDER = 'audit';

const AUDIT_FILE = new RegExp(`^${AUDIT_FOLDER}(/[A-Za-z0-9_-][A-Za-z0-9_.-]{0,47}){1,2}$`);

/** The only names that a backup takes from the data directory, and a restore puts there. */
export function isKeptFile(name: string): boolean {
  return name === SECRET_FILE || name === ADMIN_KEY_FILE || AUDIT_FILE.test(name);
}

/** The files of the data directory that a restore needs, as paths below it. Links are left out. */
export function keptFiles(directory: DataDirectory): string[] {
  const audit = auditFiles(directory).map((name) => `${AUDIT_FOLDER}/${name}`);
  return [SECRET_FILE, ADMIN_KEY_FILE, ...audit].filter((name) => isKeptFile(name) && isFile(directory.path(name)));
}

function auditFiles(directory: DataDirectory): string[] {
  const folder = directory.path(AUDIT_FOLDER);
  return existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort() : [];
}

function isFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
