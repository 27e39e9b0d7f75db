import type { IncomingHttpHeaders } from 'node:http';
import type { CallOrigin } from '../../execution/call-context.js';
import type { Inbound } from './inbound.js';
import type { LogLevel } from './log-level.js';
import type { Params } from './messages.js';
import type { Scope } from './scope.js';

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
  /** Tells the client something before the answer. */
  readonly notify: (method: string, params: Params) => void;
}

/** Answers the result as JSON. */
export type Method = (params: Params, exchange: Exchange) => string | Promise<string>;
