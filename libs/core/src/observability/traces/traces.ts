import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { context, propagation, ROOT_CONTEXT, SpanKind, trace, type Attributes, type Span } from '@opentelemetry/api';
import { traceparentOf, type HttpRequest } from '#libs/kit';
import { GatewayVersion } from '../../config/gateway-version.js';
import { TracesSettings } from './traces.settings.js';

/**
 * Spans of what comes in. Without a collector none of OpenTelemetry's SDK is loaded, and all that a request or a call
 * costs is the look at `enabled`.
 */
@Injectable()
export class Traces implements OnModuleInit, OnApplicationShutdown {
  /** Whether there is a collector. */
  readonly enabled: boolean;
  private readonly logger = new Logger('Traces');
  private stop: (() => Promise<void>) | undefined;

  constructor(
    private readonly settings: TracesSettings,
    private readonly version: GatewayVersion,
  ) {
    this.enabled = settings.endpoint !== undefined;
  }

  async onModuleInit(): Promise<void> {
    const { endpoint, headers = {}, serviceName, sampledPercent } = this.settings;
    if (endpoint === undefined) return;
    const { startTracing } = await import('./trace-provider.js');
    this.stop = startTracing({
      endpoint: new URL(endpoint),
      headers,
      serviceName,
      sampledPercent,
      version: this.version.number,
    });
    this.logger.log('Traces are sent to the collector of OTEL_EXPORTER_OTLP_ENDPOINT');
  }

  async onApplicationShutdown(): Promise<void> {
    await this.stop?.();
  }

  /**
   * Begins the span of an HTTP request, as a part of its client's trace where there is one. From now on the request's own
   * `traceparent` is the span's, so that all that comes of it belongs to it.
   */
  request(request: HttpRequest, requestId: string): Span | undefined {
    if (!this.enabled) return undefined;
    const { method = '' } = request;
    const span = this.begin(method, SpanKind.SERVER, request.headers.traceparent, {
      'http.request.method': method,
      'mcp_gateway.request_id': requestId,
    });
    request.headers = { ...request.headers, traceparent: traceparentOf(span) };
    return span;
  }

  /** Begins the span of one operation's call. */
  call(operationId: string, attributes: Attributes, traceparent: string | undefined): Span | undefined {
    if (!this.enabled) return undefined;
    return this.begin(operationId, SpanKind.INTERNAL, traceparent, attributes);
  }

  private begin(name: string, kind: SpanKind, parent: unknown, attributes: Attributes): Span {
    const above = propagation.extract(ROOT_CONTEXT, { traceparent: parent });
    return trace.getTracer('mcp-gateway').startSpan(name, { kind, attributes }, above);
  }
}

/** Runs what belongs to a span, so that what it asks of others does too. */
export function within<T>(span: Span, work: () => T): T {
  return context.with(trace.setSpan(ROOT_CONTEXT, span), work);
}
