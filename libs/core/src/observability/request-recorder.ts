import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { Caller } from '#libs/kit';
import { AccessSettings } from '../access/access.settings.js';
import { originOf } from '../access/request-facts.js';
import { RequestLog } from './logs/request-log.js';
import { RequestMetrics } from './metrics/request-metrics.js';

/** Noted for a client that left before its answer began; no HTTP status is for that. */
const CLIENT_LEFT = 499;

/** A request that is being answered. */
export interface OpenRequest {
  readonly path: string;
  readonly requestId: string;
  /** By `performance.now()`. */
  readonly startedAt: number;
  caller: Caller | undefined;
  /** The whole route, of an address that the edge answers. */
  route?: string;
  /** Of the answer's body, where its headers don't tell. */
  bytes?: number;
}

/** What Express and Nest's guard leave on a request. */
type Routed = IncomingMessage & { user?: Caller; route?: { path?: unknown } };

/** The last step of every HTTP request: a line in the log, and a count for Prometheus. */
@Injectable()
export class RequestRecorder {
  constructor(
    private readonly log: RequestLog,
    private readonly metrics: RequestMetrics,
    private readonly settings: AccessSettings,
  ) {}

  /** For an answer that was just sent, at an address of which `path` is the whole route. */
  answered(request: IncomingMessage, open: OpenRequest, status: number, bytes: number): void {
    const durationMs = performance.now() - open.startedAt;
    const { method = '' } = request;
    this.metrics.record(method, open.path, status, durationMs / 1_000);
    const { path, requestId, caller } = open;
    const address = originOf(request, this.settings.trustedProxies).address;
    this.log.tell({ method, path, status, durationMs, address, requestId, caller: caller?.id, bytes }, true);
  }

  /** Records the request when its answer has left, or its client. */
  whenAnswered(request: Routed, response: ServerResponse, open: OpenRequest): void {
    // a socket that is closed knows no address any more
    const { address } = originOf(request, this.settings.trustedProxies);
    const record = () => {
      const durationMs = performance.now() - open.startedAt;
      const { method = '' } = request;
      const { path, requestId } = open;
      const status = response.headersSent ? response.statusCode : CLIENT_LEFT;
      const route = open.route ?? request.route?.path;
      this.metrics.record(method, typeof route === 'string' ? route : undefined, status, durationMs / 1_000);
      const caller = (request.user ?? open.caller)?.id;
      const bytes = bodyBytes(method, response) ?? open.bytes;
      this.log.tell({ method, path, status, durationMs, address, requestId, caller, bytes }, false);
    };
    if (response.destroyed) record();
    else response.once('close', record);
  }
}

/** Undefined for an answer in pieces. */
function bodyBytes(method: string, response: ServerResponse): number | undefined {
  if (method === 'HEAD' || !response.headersSent || response.statusCode === 204 || response.statusCode === 304)
    return 0;
  const length = response.getHeader('content-length');
  return length === undefined ? undefined : Number(length);
}
