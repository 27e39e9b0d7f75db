import type { HttpRequest, HttpResponse } from '#libs/kit';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { CancelSignal } from '#libs/outbound';
import type { CallClient } from '../../execution/call-client.js';
import type { CallOrigin } from '../../execution/call-context.js';
import type { Inbound } from './inbound.js';
import type { LogLevel } from './log-level.js';
import type { Params } from './messages.js';
import type { Scope } from './scope.js';

/** What came by HTTP, and what is answered it. */
export interface Asked {
  readonly origin: CallOrigin;
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  readonly headers: OutgoingHttpHeaders;
}

/** What a method knows of the request that it answers. */
export interface Exchange {
  readonly origin: CallOrigin;
  readonly era: Inbound['era'];
  readonly scope: Scope;
  /** Whether the client's revision knows icons. */
  readonly icons: boolean;
  /** From which level on the client wants to be told the lines that a call writes. */
  readonly logLevel: LogLevel | undefined;
  /** Of a request whose headers repeat what is in it (2026-07-28). */
  readonly headers?: IncomingHttpHeaders;
  /** Whether a call that waits for a person ends its round, and goes on in the next. */
  readonly waitsInRounds?: boolean;
  /** Unset where it can be told and asked nothing before the answer. */
  readonly client?: McpClient | undefined;
  /** Told when a call runs no more, which may be before its answer is there. */
  readonly onEnd?: (() => void) | undefined;
}

/** Whoever sent a request, and may be told and asked something before its answer. */
export interface McpClient extends CallClient {
  readonly capabilities: Params;
  notify(method: string, params: Params): void;
  ask(method: string, params: Params, signal: CancelSignal, key?: string): Promise<Params>;
}

/** Answers the result as JSON. */
export type Method = (params: Params, exchange: Exchange) => string | Promise<string>;
