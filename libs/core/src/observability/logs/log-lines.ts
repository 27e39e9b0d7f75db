import type { LogEntry } from './log-entry.js';

/** Entries as JSON, each with the end of its line. As one text they cost the memory that holds them next to nothing. */
export interface LogLines {
  readonly json: string;
  readonly count: number;
}

export function entriesOf({ json }: LogLines): LogEntry[] {
  return json
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as LogEntry);
}
