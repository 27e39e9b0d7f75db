import { OperationError } from '#libs/kit';
import type { Breakers } from '#libs/outbound';
import { abortable } from './abortable.js';
import type { Params, RequestOptions, UpstreamConnection } from './connection.js';
import type { CallerAuthorization } from './auth/caller-authorization.js';
import { askable, askableOf, onlyTold } from './asked-client.js';
import { CallerLines } from './caller-lines.js';
import { Health } from './health.js';
import { SessionLost } from './http-exchange.js';
import { ListedChanges } from './listed-changes.js';
import { ListenedResources } from './listened-resources.js';
import { notOffered } from './offered-tools.js';
import { listKinds, OfferKeeper } from './offer-keeper.js';
import type { Open } from './openers.js';
import { OwnLines } from './own-lines.js';
import type { PinStore } from './pin-store.js';
import { SharedLine } from './shared-line.js';
import { unavailable } from './unavailable.js';
import { isCommand, type UpstreamConfig } from './upstream-config.js';
import type { Upstream, UpstreamCall, UpstreamChange, UpstreamStatus } from './upstream.js';

/** Requests in the middle of which a server may ask. */
const askingMethods = new Set(['tools/call', 'prompts/get', 'resources/read']);

export interface Timings {
  readonly startTimeoutMs: number;
  readonly idleMs: number;
  readonly maxLifetimeMs: number;
}

interface SupervisedOptions {
  readonly config: UpstreamConfig;
  readonly open: Open;
  readonly store: PinStore;
  readonly breakers: Breakers;
  readonly timings: Timings;
  onChange(change: UpstreamChange): void;
  authorizationOf(callerId: string): CallerAuthorization | undefined;
}

/** One caller's connection ends when it was not used for this long. */
const CALLER_LINE = { idleMs: 10 * 60_000, maxLifetimeMs: 0 };

/** One upstream: its connections, what it offers, and how it is doing. */
export class SupervisedUpstream implements Upstream {
  readonly name: string;
  readonly keeper: OfferKeeper;
  private readonly health = new Health();
  private readonly line: SharedLine;
  /** Where each caller has an authorization of its own; `line` is then never opened. */
  private readonly callers: CallerLines | undefined;
  private readonly ownLines: OwnLines;
  private readonly listened = new ListenedResources();
  private readonly changes: ListedChanges;
  private listing: Promise<void> = Promise.resolve();
  private wasListed = false;
  private toldState: UpstreamStatus['state'] | undefined;

  constructor(private readonly options: SupervisedOptions) {
    const { config, open, store, timings } = options;
    const { name, rules, target } = config;
    this.name = name;
    this.keeper = new OfferKeeper({ name, rules, store, onChange: (kind) => this.tell(kind) });
    this.changes = new ListedChanges((kinds) => {
      const connection = this.connection;
      if (connection) this.list(connection, kinds);
    });
    const { startTimeoutMs, ...lasting } = timings;
    // an address costs nothing while nobody uses it
    const limits = isProcess(config) ? lasting : { idleMs: 0, maxLifetimeMs: 0 };
    const lineOf = (openIt: Open, { idleMs, maxLifetimeMs } = limits) =>
      new SharedLine({
        name,
        open: openIt,
        health: this.health,
        startTimeoutMs,
        idleMs,
        maxLifetimeMs,
        onOpen: (connection) => this.opened(connection),
        onState: () => this.noteState(),
      });
    this.line = lineOf(open);
    const isOfCallers = 'auth' in target && target.auth?.type === 'authorization-code';
    this.callers = isOfCallers
      ? new CallerLines((callerId) => lineOf((opening) => open({ ...opening, callerId }), CALLER_LINE))
      : undefined;
    this.ownLines = new OwnLines({ name, open, startTimeoutMs, asking: this.keeper.asking });
    if ('problem' in target) this.health.failed('start', target.problem);
  }

  get description() {
    return this.options.config.description;
  }

  get origin() {
    return this.options.config.origin;
  }

  get timeoutMs() {
    return this.options.config.timeoutMs;
  }

  get offer() {
    return this.keeper.offer;
  }

  status(): UpstreamStatus {
    const { lastFailure } = this.health;
    const isOn = this.options.config.use === 'on';
    return {
      state: this.state(),
      ...(isOn && lastFailure && { lastFailure }),
      quarantined: this.keeper.pins.quarantined,
    };
  }

  start(): void {
    if (this.isReachable && !this.callers) this.line.start();
    this.noteState();
  }

  async stop(): Promise<void> {
    this.changes.stop();
    await Promise.all([this.line.stop(), this.callers?.stop(), this.ownLines.close()]);
  }

  /** Rejects with `unavailable` where it is not to be run. */
  async restart(): Promise<void> {
    this.requireReachable();
    this.wasListed = false;
    await this.ownLines.close();
    if (this.callers) await this.callers.stop();
    else await this.line.restart();
  }

  async reached(ms: number, callerId?: string): Promise<void> {
    this.requireReachable();
    const controller = new AbortController();
    const late = unavailable(this.name, 'it is still starting', ms);
    const timer = setTimeout(() => controller.abort(late), ms);
    try {
      await this.ready(controller.signal, callerId);
    } finally {
      clearTimeout(timer);
    }
  }

  async request(method: string, params: Params, call: UpstreamCall): Promise<Params> {
    this.requireReachable();
    if (method === 'resources/subscribe' || method === 'resources/unsubscribe') {
      return this.listenTo(method, String(params.uri), call);
    }
    const tool = method === 'tools/call' ? await this.toolFor(params.name, call) : undefined;
    const sent = tool ? { ...params, name: tool.name } : params;
    const inputSchema = tool?.inputSchema as Params | undefined;
    const send = () => this.send(method, sent, call, inputSchema);
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof SessionLost) || !isRepeatable(tool)) throw error;
      return send();
    }
  }

  /** Of one caller, where each has its own. */
  authorizationOf(callerId: string): CallerAuthorization | undefined {
    return this.callers && this.options.authorizationOf(callerId);
  }

  release(owner: string): void {
    this.ownLines.release(owner);
    const uris = this.listened.removeAll(owner);
    const { connection } = this;
    for (const uri of connection ? uris : []) {
      connection?.request('resources/unsubscribe', { uri }, { signal: AbortSignal.timeout(10_000) }).catch(ignore);
    }
  }

  private state(): UpstreamStatus['state'] {
    const { use } = this.options.config;
    if (use !== 'on') return use === 'off' ? 'disabled' : 'reference';
    const hasFailed = this.health.lastFailure !== undefined;
    if (this.connection) return hasFailed ? 'degraded' : 'ready';
    if (hasFailed) return 'unavailable';
    if (this.callers) return 'idle';
    return this.line.isOpening || this.line.era === undefined ? 'starting' : 'idle';
  }

  private get isReachable(): boolean {
    const { use, target } = this.options.config;
    return use === 'on' && !('problem' in target);
  }

  private requireReachable(): void {
    const { use, target } = this.options.config;
    if (use === 'off') throw unavailable(this.name, 'it is switched off');
    if ('problem' in target) throw unavailable(this.name, target.problem);
    if (use === 'reference') throw unavailable(this.name, 'it runs beside the agent, not behind the gateway');
  }

  private get connection(): UpstreamConnection | undefined {
    return this.callers ? this.callers.connection : this.line.connection;
  }

  private lineFor(callerId: string | undefined): SharedLine {
    if (!this.callers) return this.line;
    if (callerId !== undefined) return this.callers.of(callerId);
    throw unavailable(this.name, 'each caller uses it with an authorization of its own');
  }

  /** Resolves when it is open and has told its lists, where it had not yet. */
  private async ready(signal: AbortSignal, callerId: string | undefined): Promise<void> {
    await this.lineFor(callerId).reached(signal);
    if (!this.wasListed) await abortable(this.listing, signal);
  }

  /** The definition of a tool as the upstream knows it. Right after the very first start its list is waited for. */
  private async toolFor(name: unknown, { signal, callerId }: UpstreamCall) {
    if (!this.keeper.tools.find(name) && !this.wasListed) await this.ready(signal, callerId);
    const tool = this.keeper.tools.find(name);
    if (!tool) throw notOffered(this.name, name, this.keeper.pins.all());
    return tool.own;
  }

  private async send(method: string, params: Params, call: UpstreamCall, inputSchema?: Params): Promise<Params> {
    const { signal, client, owner } = call;
    const line = this.lineFor(call.callerId);
    const capabilities = client && owner !== undefined && askingMethods.has(method) ? askableOf(client) : undefined;
    if (capabilities && line.era === undefined) await line.reached(signal);
    const options = { signal, ...(client && { client }), ...(inputSchema && { inputSchema }) };
    if (capabilities && owner !== undefined && line.era === 'session' && !this.callers) {
      if (this.ownLines.hasRoomFor(owner, capabilities)) {
        const own = (connection: UpstreamConnection) => this.ask(connection, method, params, options);
        return this.ownLines.use(owner, capabilities, signal, own).finally(() => this.keeper.noteAsking());
      }
    }
    return line.use(signal, (connection) => {
      // one that can be asked for nothing says so itself, in the way of its door
      const isAskable = client && line.era === 'session' && askableOf(client) !== undefined;
      const shared = isAskable ? { ...options, client: onlyTold(client) } : options;
      return this.ask(connection, method, params, shared);
    });
  }

  private async ask(connection: UpstreamConnection, method: string, params: Params, options: RequestOptions) {
    try {
      const backEnd = `upstream ${this.name}`;
      const result = await this.options.breakers.run(backEnd, () => connection.request(method, params, options));
      if (this.health.lastFailure?.stage === 'call') {
        this.health.succeeded();
        this.noteState();
      }
      return result;
    } catch (error) {
      // its end comes right after, and is told as such
      if (error instanceof SessionLost) await connection.ended;
      else if (error instanceof OperationError && error.kind === 'unavailable') {
        this.health.failed('call', error.message);
        this.noteState();
      }
      throw error;
    }
  }

  private opened(connection: UpstreamConnection): void {
    connection.onNotification((method, params) => {
      this.changes.take(method);
      if (method !== 'notifications/resources/updated' || typeof params.uri !== 'string') return;
      this.options.onChange({ kind: 'updated', upstream: this.name, uri: params.uri });
    });
    for (const uri of this.listened.all()) {
      connection.request('resources/subscribe', { uri }, { signal: AbortSignal.timeout(10_000) }).catch(ignore);
    }
    this.list(connection, listKinds);
  }

  /** Asks for lists, after those that are being asked for. */
  private list(connection: UpstreamConnection, kinds: Iterable<(typeof listKinds)[number]>): void {
    this.listing = this.listing.then(async () => {
      if (this.line.connection !== connection && !this.callers?.has(connection)) return;
      try {
        await this.keeper.list(connection, kinds);
        if (this.health.lastFailure?.stage === 'list') this.health.succeeded();
        if (!this.wasListed && this.line.era === 'session' && !this.callers) void this.listAsking();
        this.wasListed = true;
      } catch (error) {
        this.health.failed('list', error instanceof Error ? error.message : 'its lists could not be read');
      }
      this.noteState();
    });
  }

  /** Some list tools that ask only to clients that can be asked. What goes wrong here costs nothing but those. */
  private async listAsking(): Promise<void> {
    const signal = AbortSignal.timeout(this.options.timings.startTimeoutMs);
    const clientCapabilities = Object.fromEntries(askable.map((name) => [name, {}]));
    try {
      const connection = await this.options.open({ clientCapabilities, signal, era: 'session' });
      await this.keeper.listAsking(connection).finally(() => connection.close());
    } catch {
      // its other tools are there
    }
  }

  private async listenTo(method: string, uri: string, { signal, owner = '', callerId }: UpstreamCall): Promise<Params> {
    const isNew = method === 'resources/subscribe' ? this.listened.add(uri, owner) : this.listened.remove(uri, owner);
    if (!isNew) return {};
    try {
      const line = this.lineFor(callerId);
      return await line.use(signal, (connection) => connection.request(method, { uri }, { signal }));
    } catch (error) {
      if (method === 'resources/subscribe') this.listened.remove(uri, owner);
      throw error;
    }
  }

  private noteState(): void {
    const { state } = this.status();
    if (state === this.toldState) return;
    this.toldState = state;
    this.tell('state');
  }

  private tell(kind: 'tools' | 'resources' | 'prompts' | 'state'): void {
    this.options.onChange({ kind, upstream: this.name });
  }
}

function isProcess({ target }: UpstreamConfig): boolean {
  return isCommand(target);
}

/** Lists and reads are; a tool where it says so. */
function isRepeatable(tool: Params | undefined): boolean {
  if (!tool) return true;
  const { readOnlyHint, idempotentHint } = (tool.annotations ?? {}) as Params;
  return readOnlyHint === true || idempotentHint === true;
}

function ignore(): void {
  // there is nobody to tell
}
