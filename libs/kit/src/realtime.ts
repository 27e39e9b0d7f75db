import type { Caller } from './caller.js';
import type { ErrorDetails, ErrorKind } from './operation-error.js';
import type { MetricsReport } from './metrics-report.js';

/** What a client of the realtime door can follow. */
export const liveRooms = ['metrics', 'alerts', 'upstreams', 'tool-executions', 'approvals', 'logs'] as const;
export type LiveRoom = (typeof liveRooms)[number];

/** The place of an event among those of its name, from 1, and when it happened (ISO 8601, UTC). */
interface Numbered {
  readonly seq: number;
  readonly time: string;
}

/** Sent when a connection is made, and again when `auth` has named its caller. */
export interface Welcome {
  readonly id: string;
  /** Null until the client has said who it is. */
  readonly caller: Pick<Caller, 'id' | 'kind' | 'subject'> | null;
  readonly permissions: readonly string[];
  /** Those that it may subscribe to. */
  readonly rooms: readonly LiveRoom[];
  readonly version: string;
}

/** The way of a call, in this order; `approve` where a person was asked. */
export type CallStep = 'authorize' | 'admit' | 'parse' | 'approve' | 'run' | 'shape';
/** Milliseconds of each step that it came through. */
export type CallSteps = Readonly<Partial<Record<CallStep, number>>>;

export interface ToolExecuted extends Numbered {
  readonly phase: 'start' | 'progress' | 'end';
  readonly requestId: string;
  /** The caller's id. */
  readonly caller: string;
  readonly door: string;
  readonly service: string;
  readonly operation: string;
  /** progress */
  readonly progress?: number;
  readonly total?: number;
  readonly message?: string;
  /** end */
  readonly outcome?: 'ok' | 'error' | 'denied' | 'limited';
  readonly errorKind?: ErrorKind;
  readonly durationMs?: number;
  readonly steps?: CallSteps;
  /** Of its `traceparent`, where it came with one. */
  readonly traceId?: string;
}

export interface AlertEvent extends Numbered {
  readonly id: string;
  readonly rule: string;
  /** What it is about, where a rule can be about several: an upstream, a back end. */
  readonly subject?: string;
  /** The id of the gateway that saw it. */
  readonly replica: string;
  readonly state: 'raised' | 'resolved';
  readonly severity: 'warning' | 'critical';
  readonly message: string;
  readonly value: number;
  readonly threshold: number;
}

export interface ApprovalEvent extends Numbered {
  readonly id: string;
  readonly state: 'pending' | 'approved' | 'denied' | 'expired' | 'running' | 'done' | 'lost';
  /** The id of the caller who asks. */
  readonly caller: string;
  readonly operation: string;
  /** Without secrets. */
  readonly arguments: unknown;
  /** What the call would change, in words. */
  readonly touches: readonly string[];
  readonly expiresAt: string;
}

export interface LogEvent extends Numbered {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  readonly message: string;
  readonly context?: string | undefined;
  readonly requestId?: string | undefined;
  readonly [more: string]: unknown;
}

export interface UpstreamEvent extends Numbered {
  readonly upstream: string;
  /** What has changed: its state, or one of the lists that it offers. */
  readonly change: 'state' | 'tools' | 'resources' | 'prompts';
  /** `removed` where it is none of the gateway's any more. */
  readonly state: string;
  readonly tools: number;
  /** Definitions that changed and wait for an admin. */
  readonly quarantined: number;
}

export interface ConfigEvent extends Numbered {
  readonly version: number;
  /** By key; secrets are masked. */
  readonly changed: Readonly<Record<string, { readonly from: unknown; readonly to: unknown }>>;
  /** The id of the caller who changed it. */
  readonly caller: string;
}

export interface RealtimeError {
  readonly code: number;
  readonly kind: ErrorKind;
  readonly message: string;
  readonly details?: ErrorDetails;
}

/** The events that are kept for those who come back, by name. */
export interface LiveEventMap {
  tool_executed: ToolExecuted;
  alert: AlertEvent;
  approval: ApprovalEvent;
  log: LogEvent;
  upstream: UpstreamEvent;
  config: ConfigEvent;
}

/** All that the gateway sends, by the name of the Socket.IO event, which is the `type` of a frame of `/ws`. */
export interface RealtimeEvents extends LiveEventMap {
  welcome: Welcome;
  'metrics-update': MetricsReport;
  error: RealtimeError;
}

interface Exchange<M, A> {
  readonly message: M;
  readonly answer: A;
}

interface Subscribed {
  readonly room: LiveRoom;
  /** Events that were sent because of `since`. */
  readonly replayed: number;
  /** Whether these are all that was missed: false where some are forgotten, or the gateway has begun to count anew. */
  readonly complete: boolean;
  /** The newest event of the room. */
  readonly seq: number;
}

/** A key as administrators see it; `key` is told once, by `create` and `rotate`. */
type ShownKey = Readonly<Record<string, unknown>> & { readonly id: string };

/** All that a client may send, with what the acknowledgement of a success holds besides `ok`. */
export interface RealtimeMessages {
  auth: Exchange<
    { readonly apiKey?: string | undefined; readonly token?: string | undefined },
    Pick<Welcome, 'caller' | 'permissions' | 'rooms'>
  >;
  subscribe: Exchange<{ readonly room: LiveRoom; readonly since?: number | undefined }, Subscribed>;
  unsubscribe: Exchange<{ readonly room: LiveRoom }, { readonly room: LiveRoom }>;
  subscribe_metrics: Exchange<object, Subscribed>;
  execute_tool: Exchange<
    {
      readonly toolName: string;
      readonly arguments?: Readonly<Record<string, unknown>>;
      /** Names the call for `cancel`, in the audit and in its events; made where the client gives none. */
      readonly requestId?: string | undefined;
    },
    { readonly requestId: string; readonly result: ToolCallResult }
  >;
  cancel: Exchange<{ readonly requestId: string }, { readonly requestId: string }>;
  answer_approval: Exchange<
    { readonly id: string; readonly decision: 'approve' | 'deny'; readonly note?: string | undefined },
    { readonly approval: Readonly<Record<string, unknown>> }
  >;
  manage_api_key: Exchange<
    { readonly action: 'create' | 'list' | 'revoke' | 'rotate'; readonly [more: string]: unknown },
    ShownKey | { readonly id: string } | { readonly items: readonly ShownKey[]; readonly nextCursor: string | null }
  >;
}

/** A result in MCP's shape. */
export interface ToolCallResult {
  readonly content: readonly Readonly<Record<string, unknown>>[];
  readonly structuredContent?: unknown;
  readonly isError?: boolean;
  readonly [more: string]: unknown;
}

/** How every message is acknowledged. A call that failed brings MCP's result too, for a model to read. */
export type RealtimeAck<A = object> =
  | ({ readonly ok: true } & A)
  | {
      readonly ok: false;
      readonly error: RealtimeError;
      readonly requestId?: string;
      readonly result?: ToolCallResult;
    };

export type RealtimeAnswer<M extends keyof RealtimeMessages> = RealtimeAck<RealtimeMessages[M]['answer']>;

/** For `Socket<ServerToClientEvents, ClientToServerEvents>` of socket.io-client. */
export type ServerToClientEvents = { [E in keyof RealtimeEvents]: (event: RealtimeEvents[E]) => void };
export type ClientToServerEvents = {
  [M in keyof RealtimeMessages]: (
    message: RealtimeMessages[M]['message'],
    acknowledge?: (answer: RealtimeAnswer<M>) => void,
  ) => void;
};
