import { realpath } from 'node:fs/promises';
import type { Root } from './caller-path.js';
import { UnusableRoot } from './find-roots.js';

/** Rejects where a root holds one of the gateway's own directories, whose secrets and settings agents could then reach. */
export async function refuseOwnFiles(roots: readonly Root[], own: readonly string[]): Promise<void> {
  for (const directory of own) {
    const path = await realpath(directory).catch(() => directory);
    const holding = roots.findIndex((root) => path === root.path || path.startsWith(`${root.path}/`));
    if (holding === -1) continue;
    throw new UnusableRoot(
      `Directory ${holding + 1} of MCP_WORKING_DIR holds what is the gateway’s own (DATA_DIR, or its .env and configuration); share another one`,
    );
  }
}
