import type { OperationError } from '#libs/kit';
import type { CancelSignal } from '#libs/outbound';

export type Params = Record<string, unknown>;

export const INTERNAL_ERROR = -32603;

/** The client behind a call, as its upstream may reach it in the middle. */
export interface ClientSide {
  /** What it can be asked for, as it declared itself (`elicitation`, `sampling`, `roots`). */
  readonly capabilities: Params;
  /** Elicitation, sampling or roots. `key` is the upstream's name for it. Rejects where the client can't be asked, or says no. */
  ask(method: string, params: Params, signal: CancelSignal, key?: string): Promise<Params>;
  /** `notifications/progress` and `notifications/message` of this call, with the upstream's own token already replaced. */
  notify(method: string, params: Params): void;
}

export interface RequestOptions {
  /** Aborts with an OperationError; the upstream is told with `notifications/cancelled`, or by closing the request. */
  readonly signal: CancelSignal;
  /** Undefined for requests that no client's call stands behind, such as lists. */
  readonly client?: ClientSide | undefined;
  /** Of the tool that is called: says which arguments a server of 2026-07-28 wants in headers as well. */
  readonly inputSchema?: Params | undefined;
}

/** Why a connection is no more. */
export interface ConnectionEnd {
  readonly stage: 'start' | 'handshake' | 'transport' | 'session' | 'closed';
  readonly message: string;
}

/** An error that the upstream itself answered. It is the upstream's word: code, message and data pass unchanged. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';

  constructor(
    readonly code: number,
    message: string,
    readonly data: unknown,
  ) {
    super(message);
  }

  /** What an upstream gave as its error: anything, also what can't be made a text. */
  static of(given: unknown): UpstreamError {
    if (typeof given !== 'object' || given === null) return new UpstreamError(INTERNAL_ERROR, textOf(given), undefined);
    const { code, message, data } = given as { code?: unknown; message?: unknown; data?: unknown };
    return new UpstreamError(Number.isInteger(code) ? (code as number) : INTERNAL_ERROR, textOf(message), data);
  }
}

function textOf(message: unknown): string {
  return typeof message === 'string' ? message : (JSON.stringify(message) ?? '');
}

/**
 * One connection to an MCP server, of either era, over either transport. What differs between the eras stays inside: a
 * server that answers `input_required` is asked again with the client's answers, as long as it asks.
 */
export interface UpstreamConnection {
  /** As negotiated. */
  readonly revision: string;
  readonly capabilities: Params;
  readonly serverInfo: Params;
  readonly instructions: string | undefined;
  /** Settles when the connection has ended; it is then of no more use. */
  readonly ended: Promise<ConnectionEnd>;
  /**
   * Answers the result as the upstream sent it, member by member. Rejects with an UpstreamError for its own errors, and
   * with an `unavailable` or `deadline` OperationError where there was no answer.
   */
  request(method: string, params: Params, options: RequestOptions): Promise<Params>;
  notify(method: string, params: Params): void;
  /** What the upstream tells without being asked: `list_changed`, `resources/updated`. */
  onNotification(listener: (method: string, params: Params) => void): void;
  /** Ends it within a second or two: no process, no socket is left. */
  close(): Promise<void>;
}

/** What a transport throws when it can't be opened. */
export type ConnectFailure = OperationError & { readonly stage?: ConnectionEnd['stage'] };
