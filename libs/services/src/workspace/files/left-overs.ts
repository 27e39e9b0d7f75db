import { randomUUID } from 'node:crypto';
import { lstat, opendir, unlink } from 'node:fs/promises';
import type { Found } from '../roots/found.js';

const TEMPORARY = /^\.mcp-gateway-[0-9a-f-]{36}\.tmp$/;
/** Of a file that nobody writes any more: a write takes seconds. */
const OLD_MS = 60 * 60 * 1_000;
const MAX_REMEMBERED = 10_000;

/** Directories that were looked into since the start; only an earlier gateway's end leaves something there. */
const swept = new Set<string>();

/** The name of a file that takes another one's place when it is whole. */
export function temporaryName(): string {
  return `.mcp-gateway-${randomUUID()}.tmp`;
}

/** Removes from a directory what a gateway left there that was killed while it wrote. Once for each; never rejects. */
export async function sweepLeftOvers(directory: Found): Promise<void> {
  const { dev, ino } = directory.stats;
  const key = `${dev}:${ino}`;
  if (swept.has(key)) return;
  if (swept.size === MAX_REMEMBERED) swept.clear();
  swept.add(key);
  try {
    for await (const { name } of await opendir(directory.path)) {
      if (!TEMPORARY.test(name)) continue;
      const stats = await lstat(directory.child(name));
      if (stats.isFile() && Date.now() - stats.mtimeMs > OLD_MS) await unlink(directory.child(name));
    }
  } catch {
    // what can't be removed is in nobody's way
  }
}
