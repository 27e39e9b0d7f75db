import { realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Root } from './caller-path.js';
import { UnusableRoot } from './find-roots.js';

/**
 * Rejects where a root holds one of the gateway's own directories or files, or a link to it: agents could reach its secrets and
 * settings, or put others in their place.
 */
export async function refuseOwnFiles(roots: readonly Root[], own: readonly string[]): Promise<void> {
  for (const path of (await Promise.all(own.map(placesOf))).flat()) {
    const holding = roots.findIndex((root) => path === root.path || path.startsWith(`${root.path}/`));
    if (holding === -1) continue;
    throw new UnusableRoot(
      `Directory ${holding + 1} of MCP_WORKING_DIR holds what is the gateway’s own (DATA_DIR, its .env and configuration, or a file of a secret); share another one`,
    );
  }
}

/** Where it is, and where its name is. */
async function placesOf(path: string): Promise<string[]> {
  const named = join(await realOf(dirname(path)), basename(path));
  return [named, await realOf(named)];
}

function realOf(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}
