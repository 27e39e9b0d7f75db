import type { Breakers, CancelSignal } from '#libs/outbound';
import { asOperationError } from '../errors/error-table.js';
import { abortable } from './abortable.js';
import type { Params, UpstreamConnection } from './connection.js';
import type { CallerAuthorization } from './auth/caller-authorization.js';
import { askableOf } from './asked-client.js';
import { Health } from './health.js';
import { secretsOfUpstream } from './server-secrets.js';
import { ListenedResources, type Listening } from './listened-resources.js';
import { notOffered } from './offered-tools.js';
import { OfferKeeper } from './offer-keeper.js';
import type { Open } from './openers.js';
import type { PinStore } from './pin-store.js';
import { unavailable } from './unavailable.js';
import type { HoldsSessions, SessionPlaces } from './session-places.js';
import { isCommand, isOfCallers, type UpstreamConfig } from './upstream-config.js';
import { UpstreamLines, type Timings } from './upstream-lines.js';
import { UpstreamLists } from './upstream-lists.js';
import { UpstreamRequests } from './upstream-requests.js';
import type { Upstream, UpstreamCall, UpstreamChange, UpstreamStatus } from './upstream.js';

/** For a caller whose tool is not known since the tools could not be listed yet. */
const RETRY_AFTER_MS = 1_000;

interface SupervisedOptions {
  readonly config: UpstreamConfig;
  readonly open: Open;
  readonly store: PinStore;
  readonly breakers: Breakers;
  readonly timings: Timings;
  readonly places: SessionPlaces;
  onChange(change: UpstreamChange): void;
  authorizationOf(callerId: string): CallerAuthorization | undefined;
}

/** One upstream: what it offers, how it is doing, and what becomes of requests. */
export class SupervisedUpstream implements Upstream, HoldsSessions {
  readonly name: string;
  readonly keeper: OfferKeeper;
  private readonly health: Health;
  private readonly lines: UpstreamLines;
  private readonly requests: UpstreamRequests;
  private listened = new ListenedResources();
  /** By the address of a resource and its caller: where the upstream is just being told of it. */
  private readonly subscribing = new Map<string, Promise<Params>>();
  private successor: SupervisedUpstream | undefined;
  private readonly lists: UpstreamLists;
  private toldState: UpstreamStatus['state'] | undefined;

  constructor(private readonly options: SupervisedOptions) {
    const { config, open, store, breakers, timings } = options;
    const { name, rules, target } = config;
    this.name = name;
    this.health = new Health(secretsOfUpstream(config));
    this.keeper = new OfferKeeper({
      ...{ name, rules, store, isOfCallers: isOfCallers(target) },
      onChange: (kind) => this.tell(kind),
    });
    this.lines = new UpstreamLines({
      config,
      open,
      health: this.health,
      timings,
      asking: this.keeper.asking,
      isListenedTo: (callerId) => this.listened.of(callerId).length > 0,
      onOpen: (connection, callerId) => this.opened(connection, callerId),
      onForgotten: (callerId) => this.lists.forget(callerId),
      onState: () => this.noteState(),
    });
    this.lists = new UpstreamLists({
      keeper: this.keeper,
      lines: this.lines,
      health: this.health,
      open,
      startTimeoutMs: timings.startTimeoutMs,
      onState: () => this.noteState(),
    });
    this.requests = new UpstreamRequests({
      backEnd: `upstream ${name}`,
      lines: this.lines,
      breakers,
      health: this.health,
      keeper: this.keeper,
      onState: () => this.noteState(),
    });
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

  offerTo(callerId: string) {
    return this.keeper.offerTo(callerId);
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
    if (this.isReachable) this.lines.start();
    this.noteState();
  }

  async stop(): Promise<void> {
    await Promise.all([this.lines.stop(), this.lists.stop()]);
  }

  /** Rejects with `unavailable` where it is not to be run. */
  async restart(): Promise<void> {
    this.requireReachable();
    this.lists.expectAnew();
    await this.lines.restart();
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

  /** Another one of its name comes in its place, and takes over who listens, and what still waits to be called. */
  handOver(successor: SupervisedUpstream): void {
    successor.listened = this.listened;
    this.successor = successor;
  }

  request(method: string, params: Params, call: UpstreamCall): Promise<Params> {
    if (this.successor) return this.successor.request(method, params, call);
    if (method === 'resources/subscribe' || method === 'resources/unsubscribe') {
      return this.listenTo(method, String(params.uri), call);
    }
    if (this.remembers(call) && this.options.places.isShared(call)) {
      return this.options.places.request(this, method, params, call);
    }
    return this.requestHere(method, params, call);
  }

  /** At this replica. */
  requestHere(method: string, params: Params, call: UpstreamCall): Promise<Params> {
    if (this.successor) return this.successor.requestHere(method, params, call);
    try {
      this.requireReachable();
      if (method !== 'tools/call') return this.requests.send(method, params, call);
      const tool = this.known(params.name);
      if (tool) return this.callHere(tool, params, call);
    } catch (error) {
      return Promise.reject(asOperationError(error));
    }
    return this.listed(params.name, call).then((tool) => this.callHere(tool, params, call));
  }

  private callHere(tool: Params, params: Params, call: UpstreamCall): Promise<Params> {
    const sent = tool.name === params.name ? params : { ...params, name: tool.name };
    return this.requests.send('tools/call', sent, call, tool);
  }

  /** Whether what a call does may be expected to be there for the next one of its owner. */
  private remembers({ client }: UpstreamCall): boolean {
    return (
      isCommand(this.options.config.target) || (client !== undefined && askableOf(client.capabilities) !== undefined)
    );
  }

  /** Of one caller, where each has its own. */
  authorizationOf(callerId: string): CallerAuthorization | undefined {
    return this.lines.areOfCallers ? this.options.authorizationOf(callerId) : undefined;
  }

  release(owner: string): void {
    this.lines.release(owner);
    this.stopListening(owner);
  }

  stopListening(owner: string): void {
    void this.unsubscribe(this.listened.removeAll(owner));
  }

  /** One after the other: all at once would leave no room for calls. */
  private async unsubscribe(ended: readonly Listening[]): Promise<void> {
    for (const one of ended) {
      // somebody else may have begun to listen meanwhile
      if (this.listened.has(one)) continue;
      const { uri, callerId } = one;
      const connection = this.lines.connectionOf(callerId);
      await connection
        ?.request('resources/unsubscribe', { uri }, { signal: AbortSignal.timeout(10_000) })
        .catch(ignore);
    }
  }

  private state(): UpstreamStatus['state'] {
    const { use } = this.options.config;
    if (use !== 'on') return use === 'off' ? 'disabled' : 'reference';
    const hasFailed = this.health.lastFailure !== undefined;
    const { connection, areOfCallers, isOpening, era } = this.lines;
    if (connection) return hasFailed ? 'degraded' : 'ready';
    if (hasFailed) return 'unavailable';
    if (areOfCallers) return 'idle';
    return isOpening || era === undefined ? 'starting' : 'idle';
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

  /** Resolves when it is open and has told its lists, where it had not yet. */
  private async ready(signal: CancelSignal, callerId: string | undefined): Promise<void> {
    await this.lines.reached(signal, callerId);
    if (!this.lists.haveTools(callerId)) await abortable(this.lists.settled(callerId), signal);
  }

  /** The definition of a tool as the upstream knows it. */
  private known(name: unknown): Params | undefined {
    return this.keeper.tools.find(name)?.own;
  }

  /** The same of a tool that was not offered yet: right after the very first start the list is waited for. */
  private async listed(name: unknown, { signal, callerId }: UpstreamCall): Promise<Params> {
    if (!this.lists.haveTools(callerId)) await this.ready(signal, callerId);
    const tool = this.known(name);
    if (tool) return tool;
    const { lastFailure } = this.health;
    if (!this.lists.haveTools(callerId) && lastFailure?.stage === 'list') {
      throw unavailable(this.name, lastFailure.message, RETRY_AFTER_MS);
    }
    throw notOffered(this.name, name, this.keeper.pins.all());
  }

  private opened(connection: UpstreamConnection, callerId: string | undefined): void {
    connection.onNotification((method, params) => {
      if (method !== 'notifications/resources/updated' || typeof params.uri !== 'string') return;
      this.options.onChange({ kind: 'updated', upstream: this.name, uri: params.uri, callerId });
    });
    void this.subscribe(connection, callerId);
    this.lists.follow(connection, callerId);
  }

  /** One after the other here too. */
  private async subscribe(connection: UpstreamConnection, callerId: string | undefined): Promise<void> {
    for (const uri of this.listened.of(callerId)) {
      if (!this.listened.has({ uri, callerId })) continue;
      await connection.request('resources/subscribe', { uri }, { signal: AbortSignal.timeout(10_000) }).catch(ignore);
    }
  }

  private async listenTo(method: string, uri: string, call: UpstreamCall): Promise<Params> {
    this.requireReachable();
    const { owner = '' } = call;
    const one = { uri, callerId: this.lines.areOfCallers ? call.callerId : undefined };
    if (method === 'resources/unsubscribe') {
      // one that is closed has nothing to be told
      const connection = this.listened.remove(one, owner) ? this.lines.connectionOf(one.callerId) : undefined;
      return connection ? connection.request(method, { uri }, { signal: call.signal }) : {};
    }
    const key = JSON.stringify([uri, one.callerId]);
    if (this.listened.add(one, owner)) {
      const asked = this.lines.use(call, (connection) => connection.request(method, { uri }, { signal: call.signal }));
      this.subscribing.set(key, asked);
      const done = () => this.subscribing.get(key) === asked && this.subscribing.delete(key);
      asked.then(done, done);
    }
    try {
      // whoever comes while the first is waited for is told the same
      return await abortable(this.subscribing.get(key) ?? Promise.resolve({}), call.signal);
    } catch (error) {
      this.listened.remove(one, owner);
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

function ignore(): void {
  // there is nobody to tell
}
