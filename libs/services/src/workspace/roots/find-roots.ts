import { mkdir, realpath } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Root } from './caller-path.js';
import { Found } from './found.js';

/** A root that can't be used. Its message is for anybody, its cause for the operator. */
export class UnusableRoot extends Error {}

/** The roots of these directories, which are created where they are missing. Rejects with an UnusableRoot. */
export async function findRoots(directories: readonly string[]): Promise<Root[]> {
  if (process.platform !== 'linux') {
    throw new UnusableRoot('Files are only safe to offer on Linux, such as in the gateway’s container image');
  }
  const names = new Set<string>();
  const roots: Root[] = [];
  for (const [index, directory] of directories.entries()) {
    const written = resolve(directory);
    const path = await realPathOf(written).catch((cause: unknown) => {
      const { code = 'no directory' } = cause as NodeJS.ErrnoException;
      throw new UnusableRoot(`Directory ${index + 1} of MCP_WORKING_DIR can't be used (${code})`, { cause });
    });
    if (path === '/') throw new UnusableRoot('MCP_WORKING_DIR can’t be the whole file system');
    const name = unusedName(basename(path), names);
    names.add(name);
    roots.push({ name, path, written });
  }
  return roots;
}

async function realPathOf(written: string): Promise<string> {
  await mkdir(written, { recursive: true });
  // the way in which all files are reached later, tried out
  const found = await Found.at(await realpath(written));
  await found.close();
  if (!found.stats.isDirectory()) throw new Error(`${written} is no directory`);
  return found.realPath;
}

function unusedName(name: string, taken: ReadonlySet<string>): string {
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? name : `${name}-${number}`;
    if (!taken.has(candidate)) return candidate;
  }
}
