import type { LogLevel } from './log-level.js';
import type { Params } from './messages.js';
import type { SessionRevision } from './revisions.js';
import type { Scope } from './scope.js';

/** A session that nobody uses for this long is forgotten. */
export const SESSION_IDLE_MS = 30 * 60_000;

/** What is known of a session wherever its next request arrives. All values are JSON's. */
export interface SessionState {
  readonly id: string;
  /** Whose it is. */
  readonly callerId: string;
  readonly revision: SessionRevision;
  readonly clientCapabilities: Params;
  readonly scope: Scope;
  readonly logLevel?: LogLevel;
  /** Addresses of the resources that its client wants to hear about. */
  readonly subscribed: readonly string[];
}

/** What a client changes of its session. */
export type SessionChange =
  { readonly logLevel: LogLevel } | { readonly subscribe: string } | { readonly unsubscribe: string };

/** One event of one of a session's streams; events of a session are numbered upwards. */
export interface SessionEvent {
  readonly streamId: string;
  readonly number: number;
  /** The number of the one before it on its stream, by which it shows that some are missing. */
  readonly previous?: number;
  /** Empty for one that only gives its client a place to come back to. */
  readonly data: string;
  /** That nothing comes after it. */
  readonly isLast?: boolean;
}

/** What is kept of a stream. */
export interface KeptEvents {
  readonly events: SessionEvent[];
  /** Whether nobody writes it any more, as far as its process is asked that holds it no longer. */
  readonly isOver: boolean;
}

export type EventPlace = Pick<SessionEvent, 'streamId' | 'number'>;

/**
 * Where sessions live between their requests. What is open in a process (streams, calls, questions to the client) is not
 * here: `Sessions` holds that.
 */
export abstract class SessionStore {
  abstract open(session: SessionState): Promise<void>;
  /** Counts as a use. A promise where it is looked up elsewhere. */
  abstract find(id: string): SessionState | undefined | Promise<SessionState | undefined>;
  /** Answers what the session is then; undefined where it has ended. */
  abstract change(id: string, change: SessionChange): Promise<SessionState | undefined>;
  abstract end(id: string): Promise<void>;
  /** Keeps an event for a client that comes back. The oldest of a session go when there are too many. */
  abstract keep(id: string, event: SessionEvent): Promise<void>;
  /** What came on the stream after the place, oldest first; undefined where nothing is known of such a stream. */
  abstract after(id: string, place: EventPlace): Promise<KeptEvents | undefined>;
  /** Tells of sessions that were changed elsewhere: what one is now, and by what. */
  abstract onChange(listener: (state: SessionState, change: SessionChange) => void): void;
  /** Tells of sessions that were ended elsewhere. */
  abstract onEnd(listener: (id: string) => void): void;
}
