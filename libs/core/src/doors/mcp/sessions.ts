import { randomBytes } from 'node:crypto';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { OperationError, type Caller } from '#libs/kit';
import { OpenConnections } from '../../execution/open-connections.js';
import { CallerCounts } from './caller-counts.js';
import { sessionNotFound } from './mcp-refusal.js';
import type { Params } from './messages.js';
import type { SessionRevision } from './revisions.js';
import { Session } from './session.js';
import { SESSION_IDLE_MS, SessionStore, type SessionChange, type SessionState } from './session-store.js';
import type { Scope } from './scope.js';

const SWEEP_MS = 60_000;
const MAX_SESSIONS = 10_000;
const MAX_PER_CALLER = 1_000;

/** What this process has open of sessions, whose state is in the store. */
@Injectable()
export class Sessions implements OnApplicationShutdown {
  private readonly here = new Map<string, Session>();
  private readonly listeners = new Set<(session: Session) => void>();
  private readonly perCaller = new CallerCounts(MAX_PER_CALLER);
  private readonly sweeper = setInterval(() => this.sweep(), SWEEP_MS).unref();

  constructor(
    private readonly connections: OpenConnections,
    private readonly store: SessionStore,
  ) {}

  /** Rejects with `limited` where there is no room. */
  async open(caller: Caller, revision: SessionRevision, clientCapabilities: Params, scope: Scope): Promise<Session> {
    const id = randomBytes(24).toString('base64url');
    const state = { id, callerId: caller.id, revision, clientCapabilities, scope, subscribed: [] };
    const session = this.enter(state, caller);
    try {
      await this.store.open(state);
    } catch (error) {
      this.leave(session);
      throw error;
    }
    return session;
  }

  /**
   * The caller's session of this id; `Session not found` for anybody else's too. An id is no credential. A promise where
   * the store has to be asked.
   */
  get(id: string, caller: Caller): Session | Promise<Session> {
    const state = this.store.find(id);
    return state instanceof Promise ? state.then((found) => this.at(id, found, caller)) : this.at(id, state, caller);
  }

  async change(session: Session, change: SessionChange): Promise<void> {
    const state = await this.store.change(session.id, change);
    if (!state) throw sessionNotFound();
    session.see(state);
  }

  async end(session: Session): Promise<void> {
    this.leave(session);
    await this.store.end(session.id);
  }

  /** Tells of every session that is over, or no longer open here. */
  onEnd(listener: (session: Session) => void): void {
    this.listeners.add(listener);
  }

  /** One that is open here. */
  find(id: string): Session | undefined {
    return this.here.get(id);
  }

  /** Closes what is open here of a session that has ended elsewhere. */
  leaveOne(id: string): void {
    const session = this.here.get(id);
    if (session) this.leave(session);
  }

  /** Those that are open here. */
  all(): Iterable<Session> {
    return this.here.values();
  }

  /** Ends all that a caller has open here, whose credential is over. */
  endOf(callerId: string): void {
    for (const session of this.here.values()) {
      // what stays in the store is of no use to anybody
      if (session.callerId === callerId) this.end(session).catch(() => undefined);
    }
  }

  /** Closes what is open here; another process may go on with it. */
  leaveAll(): void {
    for (const session of this.here.values()) this.leave(session);
  }

  onApplicationShutdown(): void {
    clearInterval(this.sweeper);
    this.leaveAll();
  }

  private at(id: string, state: SessionState | undefined, caller: Caller): Session {
    const known = this.here.get(id);
    if (known && !state) this.leave(known);
    if (state?.callerId !== caller.id) throw sessionNotFound();
    const session = known ?? this.enter(state, caller);
    session.see(state);
    session.caller = caller;
    return session;
  }

  private enter(state: SessionState, caller: Caller): Session {
    if (this.here.size >= MAX_SESSIONS || !this.perCaller.take(state.callerId)) throw noRoom();
    const session = new Session(state, this.store, caller);
    this.here.set(session.id, session);
    this.connections.mcp += 1;
    return session;
  }

  private leave(session: Session): void {
    if (this.here.delete(session.id)) {
      this.perCaller.give(session.callerId);
      this.connections.mcp -= 1;
    }
    session.close();
    for (const listener of this.listeners) listener(session);
  }

  private sweep(): void {
    const now = performance.now();
    for (const session of this.here.values()) {
      if (session.isBusy) void this.used(session);
      else if (now - session.lastUsedAt > SESSION_IDLE_MS) this.leave(session);
    }
  }

  /** An open stream or a running call is a use. */
  private async used(session: Session): Promise<void> {
    try {
      const state = await this.store.find(session.id);
      if (state) session.see(state);
    } catch {
      // the store is away: it goes on with what is known here
    }
  }
}

function noRoom(): OperationError {
  return new OperationError('limited', 'Too many sessions are open; end some with DELETE, or wait until idle ones go', {
    retryAfterMs: SWEEP_MS,
  });
}
