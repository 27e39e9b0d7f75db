import { Logger } from '@nestjs/common';
import { afterReading, OperationError, readLean } from '#libs/kit';
import { ProcessGroup, type ProcessCommand } from '#libs/processes';
import { connectFailure } from './connect-failure.js';
import type { ConnectionEnd, Params, RequestOptions, UpstreamConnection } from './connection.js';
import { handshake, type Handshake } from './handshake.js';
import { readLines } from './line-reader.js';
import { messagesOf } from './message-text.js';
import { Peer, toolOf } from './peer.js';
import type { Turns } from './turns.js';

/** The longest message of a server, in bytes. */
const MAX_LINE_BYTES = 8 * 1024 * 1024;
/** What of a server's error output reaches the log, in bytes a minute; the rest is read and dropped. */
const LOGGED_BYTES_PER_MINUTE = 16 * 1024;
/** A server that does not read is cut off. */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024;

interface StdioOptions {
  readonly name: string;
  readonly command: ProcessCommand;
  /** What the client behind the connection can be asked for; `{}` for one that many share. */
  readonly clientCapabilities: Params;
  /** Aborts the start. */
  readonly signal: AbortSignal;
  /** Where the server may ask: its questions don't say which call they belong to. */
  readonly turns?: Turns | undefined;
  /** Told of the process before it can do anything, and of its end. */
  readonly onStarted?: (pid: number) => void;
  readonly onEnded?: (pid: number) => void;
}

/** An MCP server that is a child process: one message a line, in and out. */
export class StdioConnection implements UpstreamConnection {
  readonly ended: Promise<ConnectionEnd>;
  private readonly peer: Peer;
  private readonly process: ProcessGroup;
  private agreed!: Handshake;
  private unsent = '';
  /** How the process ended, where it has. */
  private end: string | undefined;

  private constructor(private readonly options: StdioOptions) {
    this.process = new ProcessGroup(options.command);
    const { pid } = this.process;
    if (pid !== undefined) options.onStarted?.(pid);
    this.peer = new Peer((message) => this.write(message), options.turns);
    this.ended = this.process.ended.then((message) => {
      this.end = message;
      if (pid !== undefined) options.onEnded?.(pid);
      this.peer.fail(gone(options.name, message));
      return { stage: 'transport', message };
    });
    this.listen();
  }

  /** Starts the server and agrees with it on a revision. Rejects with an OperationError that says what failed. */
  static async open(options: StdioOptions): Promise<StdioConnection> {
    const connection = new StdioConnection(options);
    try {
      connection.agreed = await handshake(connection.peer, options.clientCapabilities, options.signal);
      return connection;
    } catch (error) {
      const { end } = connection;
      await connection.close();
      if (end === undefined) throw connectFailure(error, options.name, options.signal);
      const message = `The upstream ${options.name} can't be started: ${end}`;
      throw Object.assign(new OperationError('unavailable', message), { stage: 'start' });
    }
  }

  get revision() {
    return this.agreed.revision;
  }

  get capabilities() {
    return this.agreed.capabilities;
  }

  get serverInfo() {
    return this.agreed.serverInfo;
  }

  get instructions() {
    return this.agreed.instructions;
  }

  request(method: string, params: Params, options: RequestOptions): Promise<Params> {
    const ask = () => this.agreed.request(method, params, options);
    return this.options.turns ? this.options.turns.run(toolOf(method, params), options.signal, ask) : ask();
  }

  notify(method: string, params: Params): void {
    this.peer.notify(method, params);
  }

  onNotification(listener: (method: string, params: Params) => void): void {
    this.peer.onNotification(listener);
  }

  close(): Promise<void> {
    if (this.unsent !== '') this.flush();
    return this.process.stop();
  }

  private listen(): void {
    const { output, errors } = this.process;
    const { name } = this.options;
    const logger = new Logger(`Upstream ${name}`);
    if (output) {
      const tooLong = () => {
        logger.warn(`A message of more than ${MAX_LINE_BYTES} bytes was thrown away`);
      };
      readLean(output);
      readLines(output, MAX_LINE_BYTES, (line) => this.receive(line, logger), tooLong);
      // one that lives on would leave its callers waiting
      output.once('end', () => void this.close());
    }
    let allowance = LOGGED_BYTES_PER_MINUTE;
    const refill = setInterval(() => (allowance = LOGGED_BYTES_PER_MINUTE), 60_000).unref();
    errors?.on('data', (chunk: Buffer) => {
      if (allowance > 0) logger.debug(chunk.subarray(0, allowance).toString().trimEnd());
      allowance -= chunk.length;
    });
    void this.process.ended.then(() => clearInterval(refill));
  }

  /** Servers write all kinds of things to their output before they are ready; only messages count. */
  private receive(line: string, logger: Logger): void {
    for (const message of messagesOf(line) ?? []) {
      try {
        this.peer.receive(message);
      } catch (error) {
        // what one server writes must not end the gateway
        logger.error('A message could not be taken', (error as Error).stack);
        void this.close();
      }
    }
  }

  /** What is sent in one turn of the event loop goes in one write: a system call for each message would cost as much as the rest. */
  private write(message: object): void {
    if (!this.process.input?.writable) throw gone(this.options.name, 'its process has ended');
    if (this.unsent === '') afterReading(this.flush);
    this.unsent += `${JSON.stringify(message)}\n`;
  }

  private readonly flush = (): void => {
    const { input } = this.process;
    const { unsent } = this;
    this.unsent = '';
    if (!input?.writable) return;
    input.write(unsent);
    if (input.writableLength > MAX_UNREAD_BYTES) void this.close();
  };
}

function gone(name: string, message: string): OperationError {
  return new OperationError(
    'unavailable',
    `The upstream ${name} is gone: ${message}. It is started again; retry soon.`,
    {
      retryable: true,
      retryAfterMs: 1_000,
    },
  );
}
