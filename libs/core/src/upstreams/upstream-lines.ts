import type { CancelSignal } from '#libs/outbound';
import { askableOf, onlyTold } from './asked-client.js';
import { AskingTools } from './asking-tools.js';
import { CallerLines } from './caller-lines.js';
import type { ClientSide, Params, UpstreamConnection } from './connection.js';
import type { Health } from './health.js';
import type { Era, Open } from './openers.js';
import { OwnLines } from './own-lines.js';
import { toolOf } from './peer.js';
import { SharedLine } from './shared-line.js';
import { unavailable } from './unavailable.js';
import { isCommand, isOfCallers, type UpstreamConfig } from './upstream-config.js';
import type { UpstreamCall } from './upstream.js';

/** Requests in the middle of which a server may ask. */
const askingMethods = new Set(['tools/call', 'prompts/get', 'resources/read']);

/** One caller's connection ends when it was not used for this long. */
const CALLER_LINE = { idleMs: 10 * 60_000, maxLifetimeMs: 0 };

export interface Timings {
  readonly startTimeoutMs: number;
  readonly idleMs: number;
  readonly maxLifetimeMs: number;
}

interface LinesOptions {
  readonly config: UpstreamConfig;
  readonly open: Open;
  readonly health: Health;
  readonly timings: Timings;
  /** Tools that are known to ask; added to. */
  readonly asking: Set<string>;
  /** Whether somebody waits to be told something on the line of a caller, or on the one that all share. */
  isListenedTo(callerId: string | undefined): boolean;
  /** `callerId` is whose it is, where each caller has one. */
  onOpen(connection: UpstreamConnection, callerId: string | undefined): void;
  /** There is no line of the caller any more. */
  onForgotten(callerId: string): void;
  onState(): void;
}

/** What is done with a connection, and the client of its call as that connection may reach it. */
type Work<T> = (connection: UpstreamConnection, client: ClientSide | undefined) => Promise<T>;

/** A client that can be asked, and for what. */
interface Asked {
  readonly client: ClientSide;
  readonly capabilities: Params;
}

/** The connections to one upstream, and which of them a call uses. */
export class UpstreamLines {
  private readonly shared: SharedLine;
  /** Where each caller has an authorization of its own; `shared` is then never opened. */
  private readonly callers: CallerLines | undefined;
  private readonly own: OwnLines;
  private isStopped = false;

  constructor(private readonly options: LinesOptions) {
    const { config, open, asking } = options;
    const { name, target } = config;
    const { startTimeoutMs, ...lasting } = options.timings;
    // an address costs nothing while nobody uses it
    const limits = isCommand(target) ? lasting : { idleMs: 0, maxLifetimeMs: 0 };
    const lineOf = (callerId: string | undefined, openIt: Open, { idleMs, maxLifetimeMs } = limits) =>
      new SharedLine({
        ...{ ...options, name, open: openIt, startTimeoutMs, idleMs, maxLifetimeMs },
        isListenedTo: () => options.isListenedTo(callerId),
        onOpen: (connection) => options.onOpen(connection, callerId),
      });
    this.shared = lineOf(undefined, open);
    this.callers = isOfCallers(target)
      ? new CallerLines(
          (callerId) => lineOf(callerId, (opening) => open({ ...opening, callerId }), CALLER_LINE),
          (callerId) => options.onForgotten(callerId),
        )
      : undefined;
    this.own = new OwnLines({ name, open, startTimeoutMs, asking: new AskingTools(asking) });
  }

  /** Whether each caller has a connection of its own. */
  get areOfCallers(): boolean {
    return this.callers !== undefined;
  }

  /** That of all callers, or of any; not the one of a client that is asked. */
  get connection(): UpstreamConnection | undefined {
    return this.callers ? this.callers.connection : this.shared.connection;
  }

  /** Undefined before the upstream was reached, and where each caller has a connection. */
  get era(): Era | undefined {
    return this.shared.era;
  }

  get isOpening(): boolean {
    return this.shared.isOpening;
  }

  /** The one that a caller uses for what asks nothing. */
  connectionOf(callerId: string | undefined): UpstreamConnection | undefined {
    if (!this.callers) return this.shared.connection;
    return callerId === undefined ? undefined : this.callers.connectionOf(callerId);
  }

  /** In the background. Those of callers are opened when they are used. */
  start(): void {
    this.isStopped = false;
    if (!this.callers) this.shared.start();
  }

  /** For good, unless it is started once more. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await Promise.all([this.shared.stop(), this.callers?.stop(), this.own.close()]);
  }

  async restart(): Promise<void> {
    await this.own.close();
    if (this.isStopped) return;
    if (this.callers) await this.callers.stop();
    else await this.shared.restart();
  }

  /** Resolves when the one of a caller is open. */
  async reached(signal: CancelSignal, callerId: string | undefined): Promise<void> {
    await this.lineFor(callerId).reached(signal);
  }

  /** Uses the connection of a caller for what asks nothing. */
  async use<T>(call: UpstreamCall, work: (connection: UpstreamConnection) => Promise<T>): Promise<T> {
    return this.lineFor(call.callerId).use(call.signal, work);
  }

  /**
   * Uses the connection on which the client of a call can be asked what the call may ask: its own, where the era has
   * sessions and there is room.
   */
  useFor<T>(method: string, params: Params, call: UpstreamCall, work: Work<T>): Promise<T> {
    const { signal, client, callerId } = call;
    const capabilities = client && askableOf(client.capabilities);
    if (capabilities) return this.useForAsked(method, params, call, { client, capabilities }, work);
    // one that can be asked for nothing says so itself, in the way of its door
    return this.lineFor(callerId).use(signal, (connection) => work(connection, client));
  }

  release(owner: string): void {
    this.own.release(owner);
  }

  private async useForAsked<T>(method: string, params: Params, call: UpstreamCall, asked: Asked, work: Work<T>) {
    const { signal, owner, standsAlone = false, callerId } = call;
    const { client, capabilities } = asked;
    const line = this.lineFor(callerId);
    if (owner !== undefined && askingMethods.has(method)) {
      if (line.era === undefined) await line.reached(signal);
      this.requireRunning();
      if (line.era === 'session' && this.own.hasRoomFor(owner, capabilities)) {
        const use = { owner, capabilities, standsAlone, callerId, tool: toolOf(method, params) };
        return await this.own.use(use, signal, (connection) => work(connection, client));
      }
    }
    return await line.use(signal, (connection) => work(connection, line.era === 'session' ? onlyTold(client) : client));
  }

  private lineFor(callerId: string | undefined): SharedLine {
    this.requireRunning();
    if (!this.callers) return this.shared;
    if (callerId !== undefined) return this.callers.of(callerId);
    throw unavailable(this.options.config.name, 'each caller uses it with an authorization of its own');
  }

  /** A call that waited would else open a stopped one again: at its old address, with its old credentials. */
  private requireRunning(): void {
    if (this.isStopped) throw unavailable(this.options.config.name, 'it is switched off');
  }
}
