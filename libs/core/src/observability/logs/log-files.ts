import { accessSync, chmodSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import DailyRotateFile from 'winston-daily-rotate-file';
import { StartError } from '#libs/kit';
import { makeDirectory } from '../../store/data-directory.js';

/** Under which winston's transports find the finished text. */
const MESSAGE = Symbol.for('message');
const MAX_SIZE = '20m';
const MAX_FILES = 14;
/** How long a file that can't be written is left alone, in milliseconds. */
const RETRY_AFTER_MS = 10_000;
/** What is told before the files are open, in characters. */
const MAX_EARLY = 1024 * 1024;
const CLOSE_WITHIN_MS = 1_000;

/** Names of the files, as they are made below. */
export const LOG_FILE = /^gateway-\d{4}-\d\d-\d\d(?:\.\d+)?\.log$/;

/** Log files that are rotated by day and size. A file that can't be written costs lines, never the gateway. */
export class LogFiles {
  private state: 'early' | 'open' | 'closed' = 'early';
  private early = '';
  private file: DailyRotateFile | undefined;
  private retryAt = 0;

  constructor(
    readonly directory: string,
    private readonly whenFailed: (reason: string) => void,
  ) {}

  /** Makes the directory; a file is made by the first line. Throws a StartError where that can't be. */
  open(): void {
    try {
      this.makeDirectory();
      accessSync(`${this.directory}/.`, constants.R_OK | constants.W_OK | constants.X_OK);
    } catch (error) {
      throw new StartError(
        `The log directory ${this.directory} can't be used (${codeOf(error)}). ` +
          'Let the gateway’s user write there, or set MCP_LOG_DIR to another directory.',
        { cause: error },
      );
    }
    this.state = 'open';
    if (this.early !== '') this.write(this.early);
    this.early = '';
  }

  /** Takes whole lines. */
  write(lines: string): void {
    if (this.state === 'early' && this.early.length < MAX_EARLY) this.early += lines;
    if (this.state !== 'open') return;
    try {
      this.file ??= this.create();
      // the transport puts the end of the line itself
      this.file?.log?.({ [MESSAGE]: lines.slice(0, -1) }, () => undefined);
    } catch (error) {
      this.giveUp(error);
    }
  }

  /** Resolves when what was written has reached the file. */
  async close(): Promise<void> {
    this.state = 'closed';
    const { file } = this;
    if (!file) return;
    this.file = undefined;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, CLOSE_WITHIN_MS);
      file.once('finish', () => {
        clearTimeout(timer);
        resolve();
      });
      file.close?.();
    });
  }

  private makeDirectory(): void {
    if (existsSync(this.directory)) return;
    makeDirectory(dirname(this.directory));
    mkdirSync(this.directory, { mode: 0o700 });
    // the umask of whoever started the gateway may have taken bits away
    chmodSync(this.directory, 0o700);
  }

  private create(): DailyRotateFile | undefined {
    if (performance.now() < this.retryAt) return undefined;
    const file = new DailyRotateFile({
      dirname: this.directory,
      filename: 'gateway-%DATE%',
      extension: '.log',
      datePattern: 'YYYY-MM-DD',
      utc: true,
      maxSize: MAX_SIZE,
      maxFiles: MAX_FILES,
      auditFile: join(this.directory, '.rotation.json'),
      options: { flags: 'a', mode: 0o600 },
    });
    // neither the transport nor the stream behind it has a listener of its own: an error would end the process
    const failed = (error: unknown) => {
      if (this.file === file) this.giveUp(error);
    };
    file.on('error', failed);
    file.logStream.on('error', failed);
    return file;
  }

  private giveUp(error: unknown): void {
    this.file?.close?.();
    this.file = undefined;
    this.retryAt = performance.now() + RETRY_AFTER_MS;
    this.whenFailed(codeOf(error));
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'an unknown error';
}
