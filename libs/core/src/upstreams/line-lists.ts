import { waitAfter } from './back-off.js';
import type { UpstreamConnection } from './connection.js';
import { ListedChanges } from './listed-changes.js';
import { listParts, type ListPart } from './listing.js';

interface LineListsOptions {
  /** Asks for one list and keeps it. Rejects where the upstream does not answer it. */
  take(part: ListPart, connection: UpstreamConnection): Promise<void>;
  onFailed(message: string): void;
  /** Some were asked for. */
  onRead(): void;
}

/**
 * Has the lists of a line read: when it is opened, when the upstream says that they have changed, and again, later each
 * time, those that could not be read.
 */
export class LineLists {
  private connection: UpstreamConnection | undefined;
  private reading: Promise<void> = Promise.resolve();
  private readonly unread = new Set<ListPart>();
  private failures = 0;
  private retry: NodeJS.Timeout | undefined;
  private knowsTools = false;

  constructor(private readonly options: LineListsOptions) {}

  /** Whether the tools were read, be it on a connection before. */
  get haveTools(): boolean {
    return this.knowsTools;
  }

  /** Whether some of the connection that is open could not be read. */
  get haveFailed(): boolean {
    return this.unread.size > 0;
  }

  /** Resolves when those that are asked for now were answered, or not. */
  get settled(): Promise<void> {
    return this.reading;
  }

  /** What was read before is not good enough any more. */
  expectAnew(): void {
    this.knowsTools = false;
  }

  /** Reads the lists of a connection until it ends, or another one takes its place. */
  follow(connection: UpstreamConnection): void {
    this.use(connection);
    const changes = new ListedChanges((parts) => this.read(connection, parts));
    connection.onNotification((method) => changes.take(method));
    void connection.ended.then(() => {
      changes.stop();
      if (this.connection === connection) this.use(undefined);
    });
    this.read(connection, listParts);
  }

  private use(connection: UpstreamConnection | undefined): void {
    this.connection = connection;
    clearTimeout(this.retry);
    this.unread.clear();
    this.failures = 0;
  }

  /** Asks for lists, after those that are being asked for. */
  private read(connection: UpstreamConnection, parts: Iterable<ListPart>): void {
    this.reading = this.reading.then(() => this.readNow(connection, new Set(parts)));
  }

  private async readNow(connection: UpstreamConnection, wanted: ReadonlySet<ListPart>): Promise<void> {
    let failure: string | undefined;
    for (const part of listParts) {
      if (this.connection !== connection) return;
      if (wanted.has(part)) failure = (await this.take(part, connection)) ?? failure;
    }
    if (this.connection !== connection) return;
    if (wanted.has('tools') && !this.unread.has('tools')) this.knowsTools = true;
    if (failure !== undefined) this.readLater(connection, failure);
    this.options.onRead();
  }

  /** Asks for one. Answers why that failed: the others are asked for all the same. */
  private async take(part: ListPart, connection: UpstreamConnection): Promise<string | undefined> {
    try {
      await this.options.take(part, connection);
      this.unread.delete(part);
      return undefined;
    } catch (error) {
      if (this.connection === connection) this.unread.add(part);
      return `its ${named[part]} could not be listed: ${error instanceof Error ? error.message : 'it failed'}`;
    }
  }

  private readLater(connection: UpstreamConnection, message: string): void {
    this.failures += 1;
    this.options.onFailed(message);
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.read(connection, this.unread), waitAfter(this.failures)).unref();
  }
}

const named: Readonly<Record<ListPart, string>> = {
  tools: 'tools',
  resources: 'resources',
  resourceTemplates: 'resource templates',
  prompts: 'prompts',
};
