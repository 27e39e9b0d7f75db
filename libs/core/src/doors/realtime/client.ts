import type { Caller, LiveRoom, OperationError, RealtimeEvents } from '#libs/kit';
import type { Credential } from '../../access/request-facts.js';
import { SlidingWindow } from '../../throttling/sliding-window.js';
import type { Line } from './line.js';
import { realtimeError } from './realtime-error.js';

/** A client that takes so little of what it is sent is cut: it can come back and ask for what it missed. */
const HOPELESS_BYTES = 4 * 1024 * 1024;
/** From here on what will soon be out of date is left out. */
const SLOW_BYTES = 64 * 1024;
const SECOND_MS = 1_000;

const closeCodes: Partial<Record<OperationError['kind'], number>> = {
  unauthenticated: 4401,
  forbidden: 4403,
  limited: 4429,
  unavailable: 1012,
};
const POLICY_VIOLATION = 1008;

/** One client, from its connection to its end. */
export class Client {
  readonly rooms = new Set<LiveRoom>();
  /** Its calls that run, by request id; to abort one ends it. */
  readonly calls = new Map<string, AbortController>();
  readonly messages = new SlidingWindow(SECOND_MS);
  private known: Caller | undefined;
  private over = false;

  constructor(
    readonly line: Line,
    caller: Caller | undefined,
    /** What it has presented besides the headers of its request. */
    readonly presented: Credential[] = [],
  ) {
    this.known = caller;
  }

  /** Undefined until it has said who it is. */
  get caller(): Caller | undefined {
    return this.known;
  }

  /** It was ended, or has left: what still comes from it is not looked at. */
  get isOver(): boolean {
    return this.over;
  }

  become(caller: Caller): void {
    this.known = caller;
  }

  send<E extends keyof RealtimeEvents>(name: E, event: RealtimeEvents[E]): void {
    this.tell(() => this.line.send(name, event));
  }

  /** Whatever it is sent, answers too, goes by here: a client that is hopeless is cut instead. */
  tell(write: () => void): void {
    if (this.line.pendingBytes <= HOPELESS_BYTES) {
      write();
      return;
    }
    this.over = true;
    this.line.cut();
  }

  /** Leaves out what a slow client could not take in time: the next one tells the same. */
  sendIfQuick<E extends keyof RealtimeEvents>(name: E, event: RealtimeEvents[E]): void {
    if (this.line.pendingBytes <= SLOW_BYTES) this.send(name, event);
  }

  /** Tells why, and closes the connection, once. */
  end(error: OperationError): void {
    if (this.over) return;
    this.over = true;
    this.send('error', realtimeError(error));
    this.line.close(closeCodes[error.kind] ?? POLICY_VIOLATION);
  }

  /** Ends what was done for it. */
  left(): void {
    this.over = true;
    this.rooms.clear();
    for (const call of this.calls.values()) call.abort();
  }
}
