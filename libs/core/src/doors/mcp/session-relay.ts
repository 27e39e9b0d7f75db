import { Injectable } from '@nestjs/common';
import type { HttpResponse } from '#libs/kit';
import { LiveReplicas } from '../../replicas/live-replicas.js';
import { ReplicaBus, type Topic } from '../../replicas/replica-bus.js';
import type { McpResponse, MessageId } from './messages.js';
import type { Session } from './session.js';
import { Sessions } from './sessions.js';
import { SessionStore } from './session-store.js';

interface OfSession {
  readonly session: string;
}

const answered: Topic<OfSession & { message: McpResponse }> = { name: 'session answered' };
const cancelled: Topic<OfSession & { requestId: MessageId }> = { name: 'session cancelled' };
const told: Topic<OfSession & { json: string }> = { name: 'session told' };
const standing: Topic<OfSession & { isOpen: boolean }> = { name: 'session stream' };

/** Passes on what reaches one replica and concerns what is open of the same session at another. */
@Injectable()
export class SessionRelay {
  /** Sessions whose GET stream is open at another replica, and at which. */
  private readonly standingAt = new Map<string, string>();
  private movedListener: (session: Session) => void = () => undefined;

  constructor(
    private readonly bus: ReplicaBus,
    private readonly sessions: Sessions,
    store: SessionStore,
    replicas: LiveReplicas,
  ) {
    bus.on(answered, ({ session, message }) => this.sessions.find(session)?.answered(message));
    bus.on(cancelled, ({ session, requestId }) => this.sessions.find(session)?.calls.get(requestId)?.cancel());
    bus.on(told, ({ session, json }) => this.sessions.find(session)?.tell(json));
    bus.on(standing, ({ session, isOpen }, from) => this.noteStanding(session, isOpen, from));
    store.onEnd((id) => {
      this.standingAt.delete(id);
      this.sessions.leaveOne(id);
    });
    replicas.onGone((gone) => {
      for (const [session, replica] of this.standingAt) if (replica === gone) this.standingAt.delete(session);
    });
  }

  /** Tells of sessions that are open here and whose client reads their GET stream at another replica now. */
  onMoved(listener: (session: Session) => void): void {
    this.movedListener = listener;
  }

  isReadElsewhere(session: string): boolean {
    return this.standingAt.has(session);
  }

  /** The client's answer to what was asked at another replica. */
  answered(session: string, message: McpResponse): void {
    this.bus.publish(answered, { session, message });
  }

  /** That the client needs a call no longer which runs at another replica. */
  cancelled(session: string, requestId: MessageId): void {
    this.bus.publish(cancelled, { session, requestId });
  }

  /** Sends a message on a GET stream that is open at another replica; false where none is known. */
  tell(session: string, json: string): boolean {
    const replica = this.standingAt.get(session);
    if (replica === undefined || !this.bus.isReady) return false;
    this.bus.publish(told, { session, json }, replica);
    return true;
  }

  /** That the session's GET stream is this one now. Answers whether another replica had it. */
  standsHere(session: string, response: HttpResponse): boolean {
    const wasElsewhere = this.standingAt.delete(session);
    this.bus.publish(standing, { session, isOpen: true });
    response.once('close', () => this.bus.publish(standing, { session, isOpen: false }));
    return wasElsewhere;
  }

  private noteStanding(session: string, isOpen: boolean, replica: string): void {
    if (isOpen) {
      this.standingAt.set(session, replica);
      // it takes the place of the one before
      const open = this.sessions.find(session);
      open?.standing.handOver();
      if (open) this.movedListener(open);
    } else if (this.standingAt.get(session) === replica) this.standingAt.delete(session);
  }
}
