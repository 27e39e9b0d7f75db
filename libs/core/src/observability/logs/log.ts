import { rankOf, type Level, type LogEntry } from './log-entry.js';
import { LogFiles } from './log-files.js';
import { entriesOf, type LogLines } from './log-lines.js';
import { LogRing, type KeptLines } from './log-ring.js';
import { jsonLine, prettyLine } from './log-text.js';
import type { LogSettings } from './log.settings.js';

/** What a reader of standard output may leave unread, in bytes; what comes then is dropped. */
const MAX_UNREAD = 4 * 1024 * 1024;

/** Where lines go: to the console, to files, and to the memory that `/logs` reads. */
export class Log {
  readonly ring = new LogRing();
  /** Undefined where lines go to no files. */
  readonly files: LogFiles | undefined;
  /** Told of all that is written. */
  onWrite: ((lines: KeptLines) => void) | undefined;
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

  /** An entry holds no secrets and no control characters any more. */
  write(entry: LogEntry): void {
    this.writeLines(linesOf(entry), entry.level === 'error' ? process.stderr : process.stdout);
  }

  /**
   * As `write`, for many at once, which are one write to each place. Answers whether all have them: where not, their memory
   * must stay as it is.
   */
  writeLines(lines: LogLines, output: NodeJS.WriteStream = process.stdout): boolean {
    this.onWrite?.(this.ring.push(lines));
    this.files?.write(lines.json.toString());
    if (!this.settings.console) return true;
    this.print(lines, output);
    return output.writableLength === 0;
  }

  /** Opens the files; until then lines for them wait. */
  open(): void {
    this.files?.open();
  }

  async close(): Promise<void> {
    await this.files?.close();
  }

  private print(lines: LogLines, output: NodeJS.WriteStream): void {
    if (output.writableLength > MAX_UNREAD) {
      this.dropped += lines.count;
      return;
    }
    const before = this.dropped;
    this.dropped = 0;
    output.write(this.pretty ? this.prettyText(lines) : lines.json);
    if (before > 0) this.write(ownEntry(`${before} lines were dropped: standard output was not read`));
  }

  private prettyText(lines: LogLines): string {
    return entriesOf(lines)
      .map((entry) => prettyLine(entry, this.colored))
      .join('');
  }

  private tellOfFiles(reason: string): void {
    const entry = ownEntry(`The log file can't be written (${reason}); lines are missing there until it can`);
    const lines = linesOf(entry);
    this.ring.push(lines);
    if (this.settings.console) this.print(lines, process.stdout);
  }
}

function linesOf(entry: LogEntry): LogLines {
  return { json: Buffer.from(jsonLine(entry)), count: 1 };
}

function ownEntry(message: string): LogEntry {
  return { time: new Date().toISOString(), level: 'warn', message, context: 'Log' };
}
