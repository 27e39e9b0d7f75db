import { Logger } from '@nestjs/common';
import { OperationError } from '#libs/kit';
import type { CancelSignal } from '#libs/outbound';
import { abortable } from './abortable.js';
import { waitAfter } from './back-off.js';
import { AuthorizationNeeded } from './auth/credential.js';
import type { ConnectFailure, ConnectionEnd, UpstreamConnection } from './connection.js';
import type { Health } from './health.js';
import type { Era, Open } from './openers.js';
import { MODERN_REVISION } from './handshake.js';
import { stopped, unavailable } from './unavailable.js';

/** A connection that ends sooner counts as one more failure in a row. */
const STABLE_MS = 30_000;
/** After a session was lost the server is mostly there, or will soon be: so short a wait is waited by calls as well. */
const BRIEF_MS = 1_200;
/** The longest that a timer of node's takes. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export interface LineOptions {
  readonly name: string;
  readonly open: Open;
  readonly health: Health;
  /** What one try to open may take. */
  readonly startTimeoutMs: number;
  /** 0 keeps it, however long nobody uses it. */
  readonly idleMs: number;
  /** 0 keeps it, however old it is. */
  readonly maxLifetimeMs: number;
  /** Whether somebody waits to be told something on it. */
  isListenedTo(): boolean;
  onOpen(connection: UpstreamConnection): void;
  onState(): void;
}

type Stage = Exclude<ConnectionEnd['stage'], 'closed'>;

interface Held {
  readonly connection: UpstreamConnection;
  readonly openedAt: number;
  underWay: number;
  lastUsedAt: number;
}

/**
 * The connection to an upstream that all callers share. It is opened by one try at a time, again after it broke, later
 * after each failure, and ended when nobody has used it for long.
 */
export class SharedLine {
  private readonly logger: Logger;
  private held: Held | undefined;
  /** Replaced while calls were under way; the last of those ends it. */
  private readonly retired = new Set<Held>();
  private opening: Promise<Held> | undefined;
  private giveUp: ((reason: Error) => void) | undefined;
  private failures = 0;
  /** Whether a session was lost since a connection was last stable. */
  private hasLostSession = false;
  private retryAt = 0;
  private retry: NodeJS.Timeout | undefined;
  private check: NodeJS.Timeout | undefined;
  private stopped = true;
  private stops = 0;
  private spoken: Era | undefined;

  constructor(private readonly options: LineOptions) {
    this.logger = new Logger(`Upstream ${options.name}`);
  }

  get connection(): UpstreamConnection | undefined {
    return this.held?.connection;
  }

  /** Undefined before the upstream was reached. */
  get era(): Era | undefined {
    return this.spoken;
  }

  get isOpening(): boolean {
    return this.opening !== undefined;
  }

  /** Lets it be opened by whoever uses it, and not before. */
  allow(): void {
    this.stopped = false;
  }

  /** Opens it in the background. */
  start(): void {
    this.stopped = false;
    this.openSoon();
  }

  /** Ends what there is and opens it anew, without waiting for what failed before. */
  async restart(): Promise<void> {
    const stopping = this.stop();
    const { stops } = this;
    await stopping;
    // somebody else may have stopped it meanwhile, for good
    if (this.stops !== stops) return;
    this.beginAnew();
    this.retryAt = 0;
    this.start();
  }

  /** Ends everything; nothing is left when it resolves. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.stops += 1;
    clearTimeout(this.retry);
    clearTimeout(this.check);
    this.giveUp?.(stopped(this.options.name));
    await this.opening?.catch(() => undefined);
    const all = [...this.retired, ...(this.held ? [this.held] : [])];
    this.held = undefined;
    await Promise.all(all.map(({ connection }) => connection.close()));
  }

  get isBusy(): boolean {
    return this.held !== undefined && this.held.underWay > 0;
  }

  /** Resolves when it is open; rejects with `unavailable` where that fails, at once while a new try is not soon due. */
  async reached(signal: CancelSignal): Promise<void> {
    if (!this.held) await abortable(this.openNow(), signal);
  }

  /** Uses it, and opens it before where it is closed. Answers the very promise of `work` where it is open. */
  use<T>(signal: CancelSignal, work: (connection: UpstreamConnection) => Promise<T>): Promise<T> {
    if (this.held) return this.useHeld(this.held, work);
    return abortable(this.openNow(), signal).then((held) => this.useHeld(held, work));
  }

  private useHeld<T>(held: Held, work: (connection: UpstreamConnection) => Promise<T>): Promise<T> {
    held.underWay += 1;
    const leave = () => {
      held.underWay -= 1;
      if (held.underWay > 0) return;
      held.lastUsedAt = Date.now();
      if (this.retired.delete(held)) void held.connection.close();
    };
    try {
      const working = work(held.connection);
      working.then(leave, leave);
      return working;
    } catch (error) {
      leave();
      throw error;
    }
  }

  private openNow(): Promise<Held> {
    if (this.opening) return this.opening;
    const { name, health } = this.options;
    if (this.stopped) return Promise.reject(stopped(name));
    const wait = this.retryAt - Date.now();
    if (wait > 0 && wait <= BRIEF_MS && this.hasLostSession) return this.openAfter(wait);
    if (wait > 0) return Promise.reject(unavailable(name, health.lastFailure?.message ?? 'it has failed', wait));
    this.opening = this.open().finally(() => {
      this.opening = undefined;
      this.options.onState();
    });
    this.options.onState();
    return this.opening;
  }

  private async openAfter(waitMs: number): Promise<Held> {
    await new Promise((resolve) => setTimeout(resolve, waitMs).unref());
    return this.held ?? this.openNow();
  }

  private openSoon(): void {
    this.openNow().catch(() => undefined);
  }

  private async open(): Promise<Held> {
    const { name, startTimeoutMs, open } = this.options;
    clearTimeout(this.retry);
    const controller = new AbortController();
    this.giveUp = (reason) => controller.abort(reason);
    const late = `it did not answer within ${Math.round(startTimeoutMs / 1_000)} s`;
    const timer = setTimeout(() => controller.abort(new OperationError('unavailable', late)), startTimeoutMs);
    try {
      const connection = await open({ clientCapabilities: {}, signal: controller.signal, era: this.spoken });
      if (!this.stopped) return this.hold(connection);
      await connection.close();
      throw stopped(name);
    } catch (error) {
      // it is the caller's turn, and trying again by itself would change nothing
      if (this.stopped || error instanceof AuthorizationNeeded) throw error;
      throw this.failed(stageOf(error), messageOf(error));
    } finally {
      clearTimeout(timer);
      this.giveUp = undefined;
    }
  }

  private hold(connection: UpstreamConnection): Held {
    const now = Date.now();
    const held: Held = { connection, openedAt: now, lastUsedAt: now, underWay: 0 };
    this.held = held;
    this.spoken = connection.revision === MODERN_REVISION ? 'modern' : 'session';
    this.options.health.succeeded();
    void connection.ended.then((end) => this.ended(held, end));
    this.watch(held);
    this.options.onOpen(connection);
    return held;
  }

  private ended(held: Held, { stage, message }: ConnectionEnd): void {
    if (this.held !== held) return;
    this.held = undefined;
    clearTimeout(this.check);
    if (Date.now() - held.openedAt >= STABLE_MS) this.beginAnew();
    // a server that was restarted is there again, and calls that may be repeated wait for the next session
    if (stage === 'session' && !this.hasLostSession && !this.opening) {
      this.hasLostSession = true;
      this.openSoon();
      return;
    }
    this.failed(stage === 'closed' ? 'transport' : stage, message);
    this.options.onState();
  }

  private beginAnew(): void {
    this.failures = 0;
    this.hasLostSession = false;
  }

  /** Notes a failure and when the next try is due. Answers what callers are told until then. */
  private failed(stage: Stage, message: string): OperationError {
    const { name, health } = this.options;
    const before = health.lastFailure?.message;
    health.failed(stage, message);
    this.failures += 1;
    const waitMs = waitAfter(this.failures);
    this.retryAt = Date.now() + waitMs;
    this.retry = setTimeout(() => {
      this.retryAt = 0;
      this.openSoon();
    }, waitMs).unref();
    if (message !== before) this.logger.warn(`It can't be used (${stage}): ${message}`);
    return unavailable(name, message, waitMs);
  }

  /** Ends it when nobody has used or listened to it for long, or when it is old. */
  private watch(held: Held): void {
    const { idleMs, maxLifetimeMs } = this.options;
    const now = Date.now();
    const idleIn = idleMs === 0 ? Infinity : held.lastUsedAt + idleMs - now;
    const oldIn = maxLifetimeMs === 0 ? Infinity : held.openedAt + maxLifetimeMs - now;
    const isIdle = idleIn <= 0 && held.underWay === 0 && !this.options.isListenedTo();
    if (!isIdle && oldIn > 0) {
      const next = Math.min(idleIn > 0 ? idleIn : idleMs, oldIn, MAX_TIMER_MS);
      this.check = setTimeout(() => this.watch(held), next).unref();
      return;
    }
    this.held = undefined;
    if (held.underWay === 0) void held.connection.close();
    else this.retired.add(held);
    if (isIdle) this.options.onState();
    else this.openSoon();
  }
}

function stageOf(error: unknown): Stage {
  const { stage } = error as ConnectFailure;
  return stage === undefined || stage === 'closed' ? 'start' : stage;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'it could not be reached';
}
