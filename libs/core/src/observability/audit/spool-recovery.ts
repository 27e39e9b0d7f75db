import { randomBytes } from 'node:crypto';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { FIRST_HASH } from './audit-line.js';
import type { SpoolDisk } from './spool-disk.js';
import { earlierSegment, NEWLINE, readSegment, segmentsIn, type ChainHead, type Segment } from './spool-segment.js';

/** What earlier runs have left in a spool's directory. */
interface Recovered {
  /** Oldest first. */
  readonly segments: readonly Segment[];
  /** Where the chain stands; undefined where there is none, or what tells it is damaged. */
  readonly head?: ChainHead;
  /** Names of files that hold lines under a header that can't be read, as they are called now. */
  readonly setAside: readonly string[];
}

/**
 * Reads it; a segment that was being begun when the gateway was killed is taken away, and one whose header is damaged is left
 * for a person to look at. Throws what the file system throws.
 */
export function recoverSpool(directory: string, disk: SpoolDisk): Recovered {
  const files = segmentsIn(directory);
  const setAside: string[] = [];
  const keep = (path: string) => {
    const name = freeName(directory, `damaged-${basename(path, '.jsonl')}`);
    renameSync(path, join(directory, name));
    setAside.push(name);
  };
  for (let file = files.pop(); file; file = files.pop()) {
    const bytes = disk.read(file.path);
    const last = readSegment(file.number, file.path, bytes);
    if (last) {
      // lines after its own were in one that is set aside
      const isIntact = last.intact && setAside.length === 0;
      const earlier = files.flatMap(({ number, path }) => {
        const segment = earlierSegment(number, path);
        if (!segment) keep(path);
        return segment ?? [];
      });
      return { segments: [...earlier, last.segment], setAside, ...(isIntact && { head: last.head }) };
    }
    if (bytes.includes(NEWLINE)) keep(file.path);
    else rmSync(file.path);
  }
  return { segments: [], setAside };
}

/** The number of a segment that was set aside is given again. */
function freeName(directory: string, start: string): string {
  let name = `${start}.jsonl`;
  for (let n = 2; existsSync(join(directory, name)); n += 1) name = `${start}-${n}.jsonl`;
  return name;
}

/** Begins a chain, under a new id of its replica. */
export function newHead(directory: string): ChainHead {
  const replica = randomBytes(6).toString('hex');
  writeFileSync(join(directory, 'replica'), `${replica}\n`, { mode: 0o600 });
  return { replica, seq: 0, hash: FIRST_HASH };
}
