import { EventEmitter } from 'node:events';
import type { ConnectionEnd, Params, RequestOptions, UpstreamConnection } from '../connection.js';
import type { Open, Opening } from '../openers.js';

type Answer = (method: string, params: Params, options: RequestOptions, opening: Opening) => Params | Promise<Params>;

/** What is connected to a server in this process, for tests of when connections are opened and ended. */
class MemoryConnection implements UpstreamConnection {
  readonly revision = '2025-11-25';
  readonly serverInfo = { name: 'memory', version: '1' };
  readonly instructions = undefined;
  readonly ended: Promise<ConnectionEnd>;
  isClosed = false;
  readonly requested: string[] = [];
  private readonly events = new EventEmitter();

  constructor(
    private readonly answer: Answer,
    readonly opening: Opening,
    readonly capabilities: Params,
  ) {
    this.ended = new Promise((resolve) => this.events.once('ended', resolve));
  }

  async request(method: string, params: Params, options: RequestOptions): Promise<Params> {
    this.requested.push(method);
    return this.answer(method, params, options, this.opening);
  }

  notify(): void {
    // it hears nothing
  }

  onNotification(listener: (method: string, params: Params) => void): void {
    this.events.on('told', listener);
  }

  /** Says something that nobody asked for. */
  tell(method: string, params: Params = {}): void {
    this.events.emit('told', method, params);
  }

  end(stage: ConnectionEnd['stage'], message: string): void {
    this.isClosed = true;
    this.events.emit('ended', { stage, message });
  }

  close(): Promise<void> {
    this.end('closed', 'it was closed');
    return Promise.resolve();
  }
}

/** A server in this process; `problem` is why it can't be reached, as long as there is one. */
export class MemoryServer {
  readonly connections: MemoryConnection[] = [];
  /** When it was tried to be opened. */
  readonly triedAt: number[] = [];
  problem: Error | undefined;
  /** It is being opened for ever. */
  isSlow = false;

  constructor(
    private readonly answer: Answer = () => ({}),
    private readonly capabilities: Params = { tools: {} },
  ) {}

  readonly open: Open = async (opening) => {
    this.triedAt.push(Date.now());
    if (this.isSlow) await rejection(opening.signal);
    if (this.problem) throw this.problem;
    const connection = new MemoryConnection(this.answer, opening, this.capabilities);
    this.connections.push(connection);
    return connection;
  };

  get alive(): MemoryConnection[] {
    return this.connections.filter(({ isClosed }) => !isClosed);
  }
}

function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
  );
}
