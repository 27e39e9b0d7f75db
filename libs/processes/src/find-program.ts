import { accessSync, constants } from 'node:fs';

/** Where the system keeps its programs; PATH could be anybody's. */
const directories = ['/usr/bin', '/bin', '/usr/local/bin'];

/** Absolute path of a program of the system; undefined where it is not installed. */
export function findProgram(name: string): string | undefined {
  return directories.map((directory) => `${directory}/${name}`).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
