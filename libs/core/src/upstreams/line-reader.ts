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
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      const isWhole = bytes === 0 && !dropping && end - start <= maxBytes;
      if (isWhole) tell(chunk.toString('utf8', start, end));
      else {
        take(chunk.subarray(start, end));
        finish();
      }
      start = end + 1;
    }
    take(chunk.subarray(start));
  });

  function tell(text: string): void {
    const line = text.trim();
    if (line !== '') onLine(line);
  }

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
    const text = dropping ? '' : Buffer.concat(parts).toString();
    parts = [];
    bytes = 0;
    dropping = false;
    tell(text);
  }
}

const NEWLINE = 0x0a;
