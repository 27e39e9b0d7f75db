import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FIRST_HASH } from './audit-line.js';
import type { SpoolDisk } from './spool-disk.js';
import { earlierSegment, readSegment, segmentsIn, type ChainHead, type Segment } from './spool-segment.js';

/** What earlier runs have left in a spool's directory. */
interface Recovered {
  /** Oldest first. */
  readonly segments: readonly Segment[];
  /** Where the chain stands; undefined where there is none, or its last line is damaged. */
  readonly head?: ChainHead;
}

/** Reads it; a segment that was being begun when the gateway was killed is taken away. Throws what the file system throws. */
export function recoverSpool(directory: string, disk: SpoolDisk): Recovered {
  const files = segmentsIn(directory);
  for (let file = files.pop(); file; file = files.pop()) {
    const last = readSegment(file.number, file.path, disk.read(file.path));
    if (last) {
      const earlier = files.flatMap(({ number, path }) => earlierSegment(number, path) ?? []);
      return { segments: [...earlier, last.segment], ...(last.intact && { head: last.head }) };
    }
    rmSync(file.path);
  }
  return { segments: [] };
}

/** Begins a chain, under a new id of its replica. */
export function newHead(directory: string): ChainHead {
  const replica = randomBytes(6).toString('hex');
  writeFileSync(join(directory, 'replica'), `${replica}\n`, { mode: 0o600 });
  return { replica, seq: 0, hash: FIRST_HASH };
}
