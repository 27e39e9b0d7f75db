import { rankOf, type Level, type LogEntry } from './log-entry.js';
import { LogFiles } from './log-files.js';
import { LogRing } from './log-ring.js';
import { jsonLine, prettyLine } from './log-text.js';
import type { LogSettings } from './log.settings.js';

/** What a reader of standard output may leave unread, in bytes; what comes then is dropped. */
const MAX_UNREAD = 4 * 1024 * 1024;

/** Where lines go: to the console, to files, and to the memory that `/logs` reads. */
export class Log {
  readonly ring = new LogRing();
  /** Undefined where lines go to no files. */
  readonly files: LogFiles | undefined;
  /** Told of each entry that is written. */
  onWrite: ((entry: LogEntry) => void) | undefined;
  private readonly pretty: boolean;
  private readonly colored: boolean;
  private dropped = 0;

  constructor(
    private readonly settings: LogSettings,
    /** Of the log files. */
    directory: string,
  ) {
    const terminal = process.stdout.isTTY;
    this.pretty = (settings.format ?? (terminal ? 'pretty' : 'json')) === 'pretty';
    this.colored = terminal;
    if (settings.file) this.files = new LogFiles(directory, (reason) => this.tellOfFiles(reason));
  }

  /** Whether lines of this level are written; that may change at any time. */
  writes(level: Level): boolean {
    return rankOf[level] <= rankOf[this.settings.level];
  }

  /** Entries hold no secrets and no control characters any more. Many at once are one write to each place. */
  write(entries: readonly LogEntry[]): void {
    let json = '';
    for (const entry of entries) {
      const line = jsonLine(entry);
      json += line;
      this.ring.push(entry, line.length);
      this.onWrite?.(entry);
    }
    this.files?.write(json);
    if (!this.settings.console) return;
    const text = this.pretty ? entries.map((entry) => prettyLine(entry, this.colored)).join('') : json;
    this.print(text, entries.length, entries[0]?.level === 'error' ? process.stderr : process.stdout);
  }

  /** Opens the files; until then lines for them wait. */
  open(): void {
    this.files?.open();
  }

  async close(): Promise<void> {
    await this.files?.close();
  }

  private print(text: string, lines: number, output: NodeJS.WriteStream): void {
    if (output.writableLength > MAX_UNREAD) {
      this.dropped += lines;
      return;
    }
    const before = this.dropped;
    this.dropped = 0;
    output.write(text);
    if (before > 0) this.write([ownEntry(`${before} lines were dropped: standard output was not read`)]);
  }

  private tellOfFiles(reason: string): void {
    const entry = ownEntry(`The log file can't be written (${reason}); lines are missing there until it can`);
    this.ring.push(entry, entry.message.length);
    if (this.settings.console)
      this.print(this.pretty ? prettyLine(entry, this.colored) : jsonLine(entry), 1, process.stdout);
  }
}

function ownEntry(message: string): LogEntry {
  return { time: new Date().toISOString(), level: 'warn', message, context: 'Log' };
}
