import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { moment } from '../../admin/moment.js';
import { levels, rankOf, type LogEntry } from './log-entry.js';
import { readLogFiles } from './log-files-reader.js';
import { Log } from './log.js';
import { RequestLog } from './request-log.js';

const MAX_ENTRIES = 1_000;

const time = moment.transform((date) => date.toISOString());

export const logQuery = z.strictObject({
  level: z.enum(levels).default('debug'),
  since: time.optional(),
  until: time.optional(),
  search: z.string().min(1).max(200).optional(),
  requestId: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,64}$/, 'a request id: letters, digits and -, at most 64')
    .optional(),
  limit: z
    .string()
    .regex(/^\d{1,6}$/, `a whole number from 1 to ${MAX_ENTRIES}`)
    .default('100')
    .transform(Number)
    .pipe(z.number().min(1).max(MAX_ENTRIES)),
});
type LogQuery = z.output<typeof logQuery>;

/** Finds entries in memory and, where there are log files, in those from before. */
@Injectable()
export class LogSearch {
  constructor(
    private readonly log: Log,
    private readonly requests: RequestLog,
  ) {}

  /** The newest first. */
  async find(query: LogQuery): Promise<LogEntry[]> {
    this.requests.flush();
    const found: LogEntry[] = [];
    let oldest: string | undefined;
    let atOldest: LogEntry[] = [];
    for (const entry of this.log.ring.newest()) {
      if (entry.time !== oldest) atOldest = [];
      oldest = entry.time;
      atOldest.push(entry);
      if (fits(entry, query)) found.push(entry);
      if (found.length === query.limit) return found;
    }
    const { files } = this.log;
    if (!files) return found;
    const seen = new Set(atOldest.map((entry) => JSON.stringify(entry)));
    for await (const entry of readLogFiles(files.directory, (line) => mayFit(line, query))) {
      // what is still in memory was seen there
      if (oldest !== undefined && (entry.time > oldest || seen.has(JSON.stringify(entry)))) continue;
      if (fits(entry, query)) found.push(entry);
      if (found.length === query.limit) break;
    }
    return found;
  }
}

function fits(entry: LogEntry, { level, since, until, search, requestId }: LogQuery): boolean {
  if (rankOf[entry.level] > rankOf[level]) return false;
  if (since !== undefined && entry.time < since) return false;
  if (until !== undefined && entry.time > until) return false;
  if (requestId !== undefined && entry.requestId !== requestId) return false;
  return search === undefined || texts(entry).some((text) => text.toLowerCase().includes(search.toLowerCase()));
}

/** What a person would look for: the values, not the names that every entry has. */
function texts(entry: LogEntry): string[] {
  return Object.values(entry).map((value) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')));
}

function mayFit(line: string, { requestId }: LogQuery): boolean {
  return requestId === undefined || line.includes(requestId);
}
