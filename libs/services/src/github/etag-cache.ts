import type { IncomingHttpHeaders } from 'node:http';

const MAX_BYTES = 8 * 1024 * 1024;
const MAX_ENTRY_BYTES = 512 * 1024;
/** Counted for each answer besides what is in it, so that there are never more than 8,192. */
const OVERHEAD_BYTES = 1024;
/** What is read of an answer that was kept; others are those of a moment, or read by nobody. */
const keptHeaders = ['etag', 'link', 'content-type', 'x-oauth-scopes'] as const;

interface CachedAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

interface Entry {
  readonly answer: CachedAnswer;
  readonly bytes: number;
}

/**
 * Answers with their ETags, so that what has not changed is neither sent again nor counted against GitHub's limit. One
 * for each credential: it must never answer what another one may see. Keeps 8 MiB of what was asked for last.
 */
export class EtagCache {
  private readonly entries = new Map<string, Entry>();
  private bytes = 0;

  /** `accept` decides about the form of an answer, and so belongs to its name. */
  find(url: string, accept: string | undefined): CachedAnswer | undefined {
    const key = keyOf(url, accept);
    const entry = this.entries.get(key);
    if (!entry) return undefined;
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry.answer;
  }

  keep(url: string, accept: string | undefined, { status, headers, body }: CachedAnswer): void {
    const key = keyOf(url, accept);
    this.drop(key);
    if (headers.etag === undefined) return;
    const kept = Object.fromEntries(keptHeaders.flatMap((name) => (headers[name] ? [[name, headers[name]]] : [])));
    const bytes = OVERHEAD_BYTES + key.length + JSON.stringify(kept).length + body.length;
    if (bytes > MAX_ENTRY_BYTES) return;
    this.entries.set(key, { answer: { status, headers: kept, body: ownBytes(body) }, bytes });
    this.bytes += bytes;
    for (const oldest of this.entries.keys()) {
      if (this.bytes <= MAX_BYTES) break;
      this.drop(oldest);
    }
  }

  private drop(key: string): void {
    this.bytes -= this.entries.get(key)?.bytes ?? 0;
    this.entries.delete(key);
  }
}

function keyOf(url: string, accept = ''): string {
  return `${accept} ${url}`;
}

/** A short body is most often a part of a larger buffer, all of which would be held. */
function ownBytes(body: Buffer): Buffer {
  const own = Buffer.allocUnsafeSlow(body.length);
  body.copy(own);
  return own;
}
