import { NEWLINE, readLine, type SpooledLine } from './spool-segment.js';

/** Lines that follow one another in one chain, as their bytes. */
export interface PlainLines {
  /** As a JSON array. */
  readonly json: Buffer;
  readonly first: SpooledLine;
  readonly last: SpooledLine;
  /** That they take where they were read. */
  readonly bytes: number;
}

const COMMA = 0x2c;
const OPEN = 0x5b;
const CLOSE = 0x5d;
/** Where in a line its replica stands: the hash before it is always as long. */
const REPLICA_AT = `{"hash":"${'0'.repeat(64)}","replica":"`.length;

/**
 * The lines at the beginning of what was read from a spool, at most `most`: a backlog need not be taken apart line by line.
 * Undefined where they are not plainly the ones that their chain has in a row, since somebody wrote between them; what such
 * texts are is then found out one by one.
 */
export function plainLines(read: Buffer, replica: string, most: number): PlainLines | undefined {
  const name = Buffer.from(replica);
  const json = Buffer.allocUnsafe(read.length + 1);
  json[0] = OPEN;
  read.copy(json, 1);
  let count = 0;
  let lastStart = 0;
  let end = 0;
  while (end < read.length && count < most) {
    const nameAt = end + REPLICA_AT;
    const isOwn =
      read.length >= nameAt + name.length && read.compare(name, 0, name.length, nameAt, nameAt + name.length) === 0;
    const newline = isOwn ? read.indexOf(NEWLINE, nameAt) : -1;
    if (newline === -1) return undefined;
    lastStart = end;
    end = newline + 1;
    count += 1;
    json[end] = COMMA;
  }
  json[end] = CLOSE;
  const first = readLine(read.toString('utf8', 0, read.indexOf(NEWLINE)));
  const last = readLine(read.toString('utf8', lastStart, end - 1));
  if (first?.replica !== replica || last?.replica !== replica || last.seq - first.seq !== count - 1) return undefined;
  return { json: json.subarray(0, end + 1), first, last, bytes: end };
}
