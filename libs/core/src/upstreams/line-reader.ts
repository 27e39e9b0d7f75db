import type { Readable } from 'node:stream';

/**
 * Cuts a stream into lines. A line that grows over `maxBytes` is reported once and thrown away up to its end: memory
 * stays bounded whatever a process writes.
 */
export function readLines(
  source: Readable,
  maxBytes: number,
  onLine: (line: string) => void,
  onTooLong: () => void,
): void {
  let parts: Buffer[] = [];
  let bytes = 0;
  let dropping = false;
  source.on('data', (chunk: Buffer) => {
    let rest = chunk;
    for (let end = rest.indexOf(NEWLINE); end !== -1; end = rest.indexOf(NEWLINE)) {
      take(rest.subarray(0, end));
      finish();
      rest = rest.subarray(end + 1);
    }
    take(rest);
  });

  function take(part: Buffer): void {
    if (dropping || part.length === 0) return;
    bytes += part.length;
    if (bytes <= maxBytes) {
      parts.push(part);
      return;
    }
    parts = [];
    dropping = true;
    onTooLong();
  }

  function finish(): void {
    const line = dropping ? '' : Buffer.concat(parts).toString().trim();
    parts = [];
    bytes = 0;
    dropping = false;
    if (line !== '') onLine(line);
  }
}

const NEWLINE = 0x0a;
