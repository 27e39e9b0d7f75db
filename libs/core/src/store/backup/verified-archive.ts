import { createHash } from 'node:crypto';
import { access, constants } from 'node:fs/promises';
import { StartError } from '#libs/kit';
import { readArchive } from './archive-reader.js';
import type { ArchiveEntry } from './archive-writer.js';
import { FORMAT, MANIFEST, manifestSchema, type Manifest, type Part } from './manifest.js';

const MANIFEST_BYTES = 64 * 1024 * 1024;

/** An archive that was read once from end to end and found to hold what its manifest says. */
export class VerifiedArchive {
  private constructor(
    private readonly path: string,
    readonly manifest: Manifest,
  ) {}

  /** Throws a StartError when anything is damaged or missing, or was written by a newer gateway. */
  static async open(path: string): Promise<VerifiedArchive> {
    try {
      await access(path, constants.R_OK);
    } catch (error) {
      throw new StartError(`${path} can't be read (${(error as NodeJS.ErrnoException).code}).`, { cause: error });
    }
    try {
      const { text, parts } = await survey(path);
      return new VerifiedArchive(path, checked(text, parts));
    } catch (error) {
      throw error instanceof StartError ? error : damaged(path, error);
    }
  }

  /** All entries but the manifest. Each is compared once more as it is read: a file may change in between. */
  async *entries(): AsyncGenerator<ArchiveEntry, undefined> {
    let next = 0;
    for await (const entry of readArchive(this.path)) {
      const expected = this.manifest.parts[next++];
      if (expected === undefined) return;
      yield { ...entry, content: this.compared(entry, expected) };
    }
  }

  private async *compared(entry: ArchiveEntry, expected: Part): AsyncGenerator<Buffer> {
    const hash = createHash('sha256');
    for await (const bytes of entry.content) {
      hash.update(bytes);
      yield bytes;
    }
    if (entry.name !== expected.name || hash.digest('hex') !== expected.sha256) {
      throw new StartError(`${this.path} changed while it was read. Nothing was changed.`);
    }
  }
}

async function survey(path: string): Promise<{ text: string | undefined; parts: Part[] }> {
  const parts: Part[] = [];
  let text: string | undefined;
  for await (const { name, size, content } of readArchive(path)) {
    if (name === MANIFEST && size <= MANIFEST_BYTES) {
      const pieces: Buffer[] = [];
      for await (const bytes of content) pieces.push(bytes);
      text = Buffer.concat(pieces).toString();
      continue;
    }
    const hash = createHash('sha256');
    for await (const bytes of content) hash.update(bytes);
    parts.push({ name, size, sha256: hash.digest('hex') });
  }
  return { text, parts };
}

function checked(text: string | undefined, parts: Part[]): Manifest {
  if (text === undefined) throw new Error(`it holds no ${MANIFEST}`);
  const claimed = JSON.parse(text) as { format?: unknown; gatewayVersion?: unknown };
  if (typeof claimed.format === 'number' && claimed.format > FORMAT) {
    throw new StartError(
      `The archive was written by the gateway ${String(claimed.gatewayVersion)} in a newer format (${claimed.format}; ` +
        `this one reads up to ${FORMAT}). Restore it with that version. Nothing was changed.`,
    );
  }
  const manifest = manifestSchema.safeParse(claimed);
  if (!manifest.success) throw new Error(`its ${MANIFEST} is not one of a gateway`);
  const list = (all: Part[]) => all.map(({ name, size, sha256 }) => `${name} ${size} ${sha256}`);
  const wanted = list(manifest.data.parts);
  const found = list(parts);
  const wrong = wanted.findIndex((line, index) => line !== found[index]);
  if (wrong >= 0) throw new Error(`${manifest.data.parts[wrong]?.name} is not what was saved`);
  if (found.length > wanted.length) throw new Error(`${parts[wanted.length]?.name} is not part of the backup`);
  return manifest.data;
}

function damaged(path: string, error: unknown): StartError {
  const reason = error instanceof Error ? error.message : String(error);
  return new StartError(`${path} is no whole backup: ${reason}. Nothing was changed; use another backup.`, {
    cause: error,
  });
}
