/** One line that a container wrote. */
export interface LogLine {
  stream: 'stdout' | 'stderr';
  text: string;
}

const HEADER_BYTES = 8;
const MAX_LINE = 4_000;

/**
 * The lines of `GET /containers/{id}/logs`. Without a terminal both streams come in frames: a byte that names the stream,
 * three of zero, the length as four bytes, and so many bytes of text, which may end inside a line or a character.
 */
export function logLines(body: Buffer, hasTerminal: boolean): LogLine[] {
  if (hasTerminal) return linesOf('stdout', body.toString('utf8'));
  const streams = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const lines: LogLine[] = [];
  const flush = (stream: LogLine['stream'], isLast: boolean) => {
    const whole = Buffer.concat(streams[stream]);
    const end = isLast ? whole.length : whole.lastIndexOf(10) + 1;
    lines.push(...linesOf(stream, whole.toString('utf8', 0, end)));
    streams[stream] = [whole.subarray(end)];
  };
  for (const { stream, text } of framesOf(body)) {
    streams[stream].push(text);
    if (text.includes(10)) flush(stream, false);
  }
  flush('stdout', true);
  flush('stderr', true);
  return lines;
}

function* framesOf(body: Buffer): Generator<{ stream: LogLine['stream']; text: Buffer }> {
  for (let at = 0; at + HEADER_BYTES <= body.length;) {
    const start = at + HEADER_BYTES;
    const end = Math.min(body.length, start + body.readUInt32BE(at + 4));
    yield { stream: body[at] === 2 ? 'stderr' : 'stdout', text: body.subarray(start, end) };
    at = end;
  }
}

function linesOf(stream: LogLine['stream'], text: string): LogLine[] {
  if (text === '') return [];
  return text
    .replace(/\r?\n$/, '')
    .split(/\r?\n/)
    .map((line) => ({ stream, text: line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line }));
}
