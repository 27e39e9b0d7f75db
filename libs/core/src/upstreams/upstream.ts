import type { CancelSignal } from '#libs/outbound';
import type { ClientSide, Params } from './connection.js';

/** A definition as the upstream gave it, member by member. */
export type Definition = Params & { readonly name: string };

/** What an upstream offers: what was last seen of it, approved, and not switched off. Kept over restarts. */
export interface UpstreamOffer {
  /** Under their own names; an override of the operator's is applied. */
  readonly tools: readonly Definition[];
  /**
   * Of `tools`, those that ask their client something. Some servers list them only to a client that declares
   * `elicitation`, `sampling` or `roots`; the first listing is therefore made a second time over a connection that does.
   */
  readonly asking: ReadonlySet<string>;
  readonly resources: readonly Params[];
  readonly resourceTemplates: readonly Params[];
  readonly prompts: readonly Definition[];
  /** As the upstream declared them. */
  readonly capabilities: Params;
  readonly serverInfo: Params;
  readonly instructions: string | undefined;
}

export interface UpstreamFailure {
  readonly stage: 'start' | 'handshake' | 'transport' | 'session' | 'list' | 'call';
  readonly message: string;
  /** When it last happened, and since when nothing succeeded. */
  readonly at: Date;
  readonly since: Date;
}

export interface UpstreamStatus {
  /** `idle` was reached before and is started by the next call; `reference` is only told about and never run. */
  readonly state: 'starting' | 'ready' | 'idle' | 'degraded' | 'unavailable' | 'disabled' | 'reference';
  readonly lastFailure?: UpstreamFailure;
  /** Definitions that changed and wait for an admin. */
  readonly quarantined: number;
}

/** Who asks, and how they can be reached while their call runs. */
export interface UpstreamCall {
  readonly signal: CancelSignal;
  /** The client behind the call, where it can be told or asked anything. */
  readonly client?: ClientSide | undefined;
  /** Names what the client's own connection belongs to: its caller and MCP session. Undefined: the shared one does. */
  readonly owner?: string | undefined;
  /** That the owner is no session: what a call leaves at the upstream is not expected by the next one. */
  readonly standsAlone?: boolean;
  /** Whose authorization is used, where each caller has its own at the upstream. */
  readonly callerId?: string | undefined;
  /** Told right before the upstream is asked; what it throws forbids that. */
  readonly onSend?: () => void;
}

/** One MCP server behind the gateway. */
export interface Upstream {
  readonly name: string;
  readonly description: string;
  readonly origin: 'file' | 'admin';
  /** How long a call may take, in milliseconds, where its entry says so. */
  readonly timeoutMs: number | undefined;
  /** Without what is offered to single callers, where each has an authorization of its own. */
  readonly offer: UpstreamOffer;
  /** What one caller is offered. */
  offerTo(callerId: string): UpstreamOffer;
  status(): UpstreamStatus;
  /**
   * Waits until the upstream was reached, at most `ms`; rejects with an `unavailable` OperationError that says why it was
   * not.
   */
  reached(ms: number, callerId?: string): Promise<void>;
  /**
   * One request, as the upstream knows it: its own names, its own addresses. Answers its result member by member. Rejects
   * with an UpstreamError where it answered an error, and with an OperationError where it gave no answer.
   */
  request(method: string, params: Params, call: UpstreamCall): Promise<Params>;
  /** Ends what was opened for an owner whose session is over. */
  release(owner: string): void;
  /** Ends what an owner listens to, and nothing else of it. */
  stopListening(owner: string): void;
}

export type UpstreamChange =
  | { readonly kind: 'tools' | 'resources' | 'prompts' | 'state'; readonly upstream: string }
  /** One resource: for all who listen to it, or for the caller whose it is. */
  | {
      readonly kind: 'updated';
      readonly upstream: string;
      readonly uri: string;
      readonly callerId: string | undefined;
    };

/** All that are configured. Injectable. */
export abstract class Upstreams {
  /** Why processes run without walls; undefined where they don't, or none was started yet. */
  abstract readonly sandboxProblem: string | undefined;
  abstract all(): readonly Upstream[];
  abstract find(name: string): Upstream | undefined;
  /** Those that the gateway runs or reaches; the others are only told about. */
  behindGateway(): Upstream[] {
    return this.all().filter((upstream) => upstream.status().state !== 'reference');
  }

  /** Answers how to stop listening. */
  abstract onChange(listener: (change: UpstreamChange) => void): () => void;
}
