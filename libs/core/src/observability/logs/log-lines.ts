import type { LogEntry } from './log-entry.js';

/** Entries as JSON in UTF-8, each with the end of its line: as one lump they cost the memory that holds them next to nothing. */
export interface LogLines {
  readonly json: Buffer;
  readonly count: number;
}

export function entriesOf({ json }: LogLines): LogEntry[] {
  return json
    .toString('utf8', 0, json.length - 1)
    .split('\n')
    .map((line) => JSON.parse(line) as LogEntry);
}
