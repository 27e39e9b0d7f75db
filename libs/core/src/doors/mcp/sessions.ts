import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { OperationError, type Caller } from '#libs/kit';
import { OpenConnections } from '../../execution/open-connections.js';
import { CallerCounts } from './caller-counts.js';
import { sessionNotFound } from './mcp-refusal.js';
import type { Params } from './messages.js';
import type { SessionRevision } from './revisions.js';
import { Session } from './session.js';
import type { Scope } from './scope.js';

/** A session without a request, a running call or an open stream for this long is forgotten. */
const IDLE_MS = 30 * 60_000;
const SWEEP_MS = 60_000;
const MAX_SESSIONS = 10_000;
const MAX_PER_CALLER = 1_000;

/** The sessions that are open, in the memory of this process. */
@Injectable()
export class Sessions implements OnApplicationShutdown {
  private readonly byId = new Map<string, Session>();
  private readonly listeners = new Set<(session: Session) => void>();
  private readonly perCaller = new CallerCounts(MAX_PER_CALLER);
  private readonly sweeper = setInterval(() => this.sweep(), SWEEP_MS).unref();

  constructor(private readonly connections: OpenConnections) {}

  /** Throws `limited` where there is no room. */
  open(caller: Caller, revision: SessionRevision, clientCapabilities: Params, scope: Scope): Session {
    if (this.byId.size >= MAX_SESSIONS || !this.perCaller.take(caller.id)) throw noRoom();
    const session = new Session(caller, revision, clientCapabilities, scope);
    this.byId.set(session.id, session);
    this.connections.mcp += 1;
    return session;
  }

  /** The caller's session of this id; `Session not found` for anybody else's too. An id is no credential. */
  get(id: string, caller: Caller): Session {
    const session = this.byId.get(id);
    if (session?.caller.id !== caller.id) throw sessionNotFound();
    session.lastUsedAt = performance.now();
    return session;
  }

  end(session: Session): void {
    if (this.byId.delete(session.id)) {
      this.perCaller.give(session.caller.id);
      this.connections.mcp -= 1;
    }
    session.close();
    for (const listener of this.listeners) listener(session);
  }

  /** Tells of every session that ends. */
  onEnd(listener: (session: Session) => void): void {
    this.listeners.add(listener);
  }

  all(): Iterable<Session> {
    return this.byId.values();
  }

  /** Ends all that a caller has open, whose credential is over. */
  endOf(callerId: string): void {
    for (const session of this.byId.values()) if (session.caller.id === callerId) this.end(session);
  }

  endAll(): void {
    for (const session of this.byId.values()) this.end(session);
  }

  onApplicationShutdown(): void {
    clearInterval(this.sweeper);
    this.endAll();
  }

  private sweep(): void {
    const now = performance.now();
    for (const session of this.byId.values()) {
      if (session.isBusy) session.lastUsedAt = now;
      else if (now - session.lastUsedAt > IDLE_MS) this.end(session);
    }
  }
}

function noRoom(): OperationError {
  return new OperationError('limited', 'Too many sessions are open; end some with DELETE, or wait until idle ones go', {
    retryAfterMs: SWEEP_MS,
  });
}
