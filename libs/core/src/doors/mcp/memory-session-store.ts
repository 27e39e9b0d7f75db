import { Injectable } from '@nestjs/common';
import { EventLog } from './event-log.js';
import {
  SESSION_IDLE_MS,
  SessionStore,
  type EventPlace,
  type KeptEvents,
  type SessionChange,
  type SessionEvent,
  type SessionState,
} from './session-store.js';

interface Kept {
  state: SessionState;
  readonly idle: NodeJS.Timeout;
}

/** Sessions in the memory of this process. */
@Injectable()
export class MemorySessionStore extends SessionStore {
  private readonly byId = new Map<string, Kept>();
  private readonly events = new EventLog();

  open(state: SessionState): Promise<void> {
    clearTimeout(this.byId.get(state.id)?.idle);
    const idle = setTimeout(() => void this.end(state.id), SESSION_IDLE_MS).unref();
    this.byId.set(state.id, { state, idle });
    return Promise.resolve();
  }

  find(id: string): SessionState | undefined {
    const kept = this.byId.get(id);
    kept?.idle.refresh();
    return kept?.state;
  }

  change(id: string, change: SessionChange): Promise<SessionState | undefined> {
    const kept = this.byId.get(id);
    if (kept) kept.state = changed(kept.state, change);
    return Promise.resolve(kept?.state);
  }

  /** Whose a session is, which is no use of it. */
  callerOf(id: string): string | undefined {
    return this.byId.get(id)?.state.callerId;
  }

  ids(): string[] {
    return [...this.byId.keys()];
  }

  end(id: string): Promise<void> {
    clearTimeout(this.byId.get(id)?.idle);
    this.byId.delete(id);
    this.events.forget(id);
    return Promise.resolve();
  }

  keep(id: string, event: SessionEvent): Promise<void> {
    const kept = this.byId.get(id);
    if (kept) this.events.append(kept.state, event);
    return Promise.resolve();
  }

  after(id: string, place: EventPlace): Promise<KeptEvents | undefined> {
    const events = this.events.after(id, place);
    return Promise.resolve(events && { events, isOver: true });
  }

  onChange(): void {
    // there is no elsewhere
  }

  onEnd(): void {
    // there is no elsewhere
  }
}

function changed(state: SessionState, change: SessionChange): SessionState {
  if ('logLevel' in change) return { ...state, ...change };
  const uri = 'subscribe' in change ? change.subscribe : change.unsubscribe;
  const others = state.subscribed.filter((one) => one !== uri);
  return { ...state, subscribed: 'subscribe' in change ? [...others, uri] : others };
}
