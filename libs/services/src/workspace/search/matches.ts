/** A line that ripgrep found. */
export interface Match {
  path: string;
  /** Counted from 1. */
  line: number;
  /** Where the line begins in its file, in bytes. */
  offset: number;
  /** How the line begins. */
  text: Buffer;
}

/** What ripgrep prints after a match in a file that turns out to be none of text, where the next path is to come. */
const WARNING = /^[\s\S]*?: WARNING: stopped searching binary file after match [^\n]*\n/;

/** Bytes of a line that are kept; the rest of a long line goes by. */
const KEPT = 2_048;
const NUL = 0;
const NEWLINE = 10;

/** Reads `path NUL line:offset:text NEWLINE` from chunks that end anywhere. Paths may hold line breaks. */
export class MatchReader {
  private path: string | undefined;
  private kept: Buffer[] = [];
  private size = 0;

  /** The matches that are complete by now. */
  read(chunk: Buffer): Match[] {
    const matches: Match[] = [];
    let rest = chunk;
    while (rest.length > 0) {
      const end = rest.indexOf(this.path === undefined ? NUL : NEWLINE);
      this.keep(end === -1 ? rest : rest.subarray(0, end));
      if (end === -1) break;
      rest = rest.subarray(end + 1);
      const bytes = this.take();
      if (this.path === undefined) {
        this.path = bytes.toString().replace(WARNING, '');
        continue;
      }
      const match = matchOf(this.path, bytes);
      if (match) matches.push(match);
      this.path = undefined;
    }
    return matches;
  }

  private keep(bytes: Buffer): void {
    // a path is longer than what is kept of a line, and a warning may stand before it
    const room = (this.path === undefined ? 4 * KEPT : KEPT) - this.size;
    if (room <= 0 || bytes.length === 0) return;
    const some = Buffer.from(bytes.subarray(0, room));
    this.kept.push(some);
    this.size += some.length;
  }

  private take(): Buffer {
    const bytes = Buffer.concat(this.kept);
    this.kept = [];
    this.size = 0;
    return bytes;
  }
}

function matchOf(path: string, bytes: Buffer): Match | undefined {
  const head = /^(\d+):(\d+):/.exec(bytes.toString('latin1', 0, 40));
  if (!head) return undefined;
  return { path, line: Number(head[1]), offset: Number(head[2]), text: bytes.subarray(head[0].length) };
}
