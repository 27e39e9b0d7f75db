const CHUNK_BYTES = 2 ** 18;
const MOST_SPARE = 12;

/** A piece of memory that holds several things, one after the other. */
export class Chunk {
  readonly bytes = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  used = 0;
  /** Things in it that are still needed. */
  kept = 0;
}

/** Bytes and where they are kept; undefined for more than a chunk holds, which have memory of their own. */
export interface KeptBytes {
  readonly bytes: Buffer;
  readonly chunk: Chunk | undefined;
}

/**
 * Memory for bytes that are soon needed no more, which is then used again. With memory of its own each would wait for the
 * garbage collector, which comes for them much later than they go.
 */
export class ByteChunks {
  private current = new Chunk();
  private spare: Chunk[] = [];

  /** Keeps a copy. */
  keep(bytes: Buffer): KeptBytes {
    if (bytes.length > CHUNK_BYTES) return { bytes: Buffer.from(bytes), chunk: undefined };
    if (this.current.used + bytes.length > CHUNK_BYTES) this.current = this.spare.pop() ?? new Chunk();
    const { current: chunk } = this;
    const from = chunk.used;
    chunk.used += bytes.copy(chunk.bytes, from);
    chunk.kept += 1;
    return { bytes: chunk.bytes.subarray(from, chunk.used), chunk };
  }

  /** Nobody may look at them any more. */
  release({ chunk }: KeptBytes): void {
    if (!chunk) return;
    chunk.kept -= 1;
    if (chunk.kept > 0) return;
    chunk.used = 0;
    if (chunk !== this.current && this.spare.length < MOST_SPARE) this.spare.push(chunk);
  }
}
