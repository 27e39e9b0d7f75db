import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { OperationError, type Caller } from '#libs/kit';
import { sessionNotFound } from './mcp-refusal.js';
import type { Params } from './messages.js';
import type { SessionRevision } from './revisions.js';
import { Session } from './session.js';

/** A session without a request or an open stream for this long is forgotten. */
const IDLE_MS = 30 * 60_000;
const SWEEP_MS = 60_000;
const MAX_SESSIONS = 10_000;
const MAX_PER_CALLER = 1_000;

/** The sessions that are open, in the memory of this process. */
@Injectable()
export class Sessions implements OnApplicationShutdown {
  private readonly byId = new Map<string, Session>();
  private readonly sweeper = setInterval(() => this.sweep(), SWEEP_MS).unref();

  get count(): number {
    return this.byId.size;
  }

  open(caller: Caller, revision: SessionRevision, clientCapabilities: Params): Session {
    this.makeRoom(caller);
    const session = new Session(caller, revision, clientCapabilities);
    this.byId.set(session.id, session);
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
    this.byId.delete(session.id);
    session.close();
  }

  all(): Iterable<Session> {
    return this.byId.values();
  }

  onApplicationShutdown(): void {
    clearInterval(this.sweeper);
    for (const session of this.byId.values()) this.end(session);
  }

  private sweep(): void {
    const now = performance.now();
    for (const session of this.byId.values()) {
      const busy = session.standing.isConnected || session.calls.size > 0;
      if (!busy && now - session.lastUsedAt > IDLE_MS) this.end(session);
    }
  }

  private makeRoom(caller: Caller): void {
    if (this.byId.size >= MAX_SESSIONS) this.sweep();
    let own = 0;
    for (const session of this.byId.values()) if (session.caller.id === caller.id) own += 1;
    if (this.byId.size < MAX_SESSIONS && own < MAX_PER_CALLER) return;
    throw new OperationError(
      'limited',
      'Too many sessions are open; end some with DELETE, or wait until idle ones go',
      {
        retryAfterMs: SWEEP_MS,
      },
    );
  }
}
