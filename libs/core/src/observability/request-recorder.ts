import { Injectable } from '@nestjs/common';
import { SpanStatusCode, type Span } from '@opentelemetry/api';
import type { Caller, HttpRequest, HttpResponse } from '#libs/kit';
import { AccessSettings } from '../access/access.settings.js';
import { originOf } from '../access/request-facts.js';
import { RequestLog } from './logs/request-log.js';
import { RequestMetrics } from './metrics/request-metrics.js';
import { traceIdOf } from './traces/trace-id.js';
import { Traces } from './traces/traces.js';

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
  readonly span: Span | undefined;
}

/** What Express and Nest's guard leave on a request. */
type Routed = HttpRequest & { user?: Caller; route?: { path?: unknown } };

/** The last step of every HTTP request: a line in the log, and a count for Prometheus. */
@Injectable()
export class RequestRecorder {
  constructor(
    private readonly log: RequestLog,
    private readonly metrics: RequestMetrics,
    private readonly settings: AccessSettings,
    private readonly traces: Traces,
  ) {}

  begin(request: HttpRequest, path: string, requestId: string): OpenRequest {
    const span = this.traces.request(request, requestId);
    return { path, requestId, startedAt: performance.now(), caller: undefined, span };
  }

  /** For an answer that was just sent, at an address of which `path` is the whole route. */
  answered(request: HttpRequest, open: OpenRequest, status: number, bytes: number): void {
    const durationMs = performance.now() - open.startedAt;
    const { method = '' } = request;
    this.metrics.record(method, open.path, status, durationMs / 1_000);
    const { path, requestId, caller } = open;
    const address = originOf(request, this.settings.trustedProxies).address;
    const traceId = traceIdOf(request.headers.traceparent);
    this.log.tell({ method, path, status, durationMs, address, requestId, traceId, caller: caller?.id, bytes }, true);
    if (open.span) endRequestSpan(open.span, { method, route: path, path, status });
  }

  /** Records the request when its answer has left, or its client. */
  whenAnswered(request: Routed, response: HttpResponse, open: OpenRequest): void {
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
      const traceId = traceIdOf(request.headers.traceparent);
      this.log.tell({ method, path, status, durationMs, address, requestId, traceId, caller, bytes }, route === path);
      if (open.span) endRequestSpan(open.span, { method, route, path: this.log.cleanPath(path), status });
    };
    if (response.destroyed) record();
    else response.once('close', record);
  }
}

interface TracedAnswer {
  readonly method: string;
  readonly route: unknown;
  /** As the log has it. */
  readonly path: string;
  readonly status: number;
}

/** A route names the span, not what a client wrote; an address that is none has only its method. */
function endRequestSpan(span: Span, { method, route, path, status }: TracedAnswer): void {
  span.updateName(typeof route === 'string' ? `${method} ${route}` : method);
  if (typeof route === 'string') span.setAttribute('http.route', route);
  span.setAttributes({ 'url.path': path, 'http.response.status_code': status });
  if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

/** Undefined for an answer in pieces. */
function bodyBytes(method: string, response: HttpResponse): number | undefined {
  if (method === 'HEAD' || !response.headersSent || response.statusCode === 204 || response.statusCode === 304)
    return 0;
  const length = response.getHeader('content-length');
  return length === undefined ? undefined : Number(length);
}
