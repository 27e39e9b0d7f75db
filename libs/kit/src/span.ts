import { SpanKind, SpanStatusCode, trace, type Attributes, type Span } from '@opentelemetry/api';

/**
 * Runs work that asks something of another system, in a span of its own below the call's. Where nobody collects traces,
 * or no call is behind it, it only runs the work.
 *
 * @param name of few values: what is done, and with what (`query shop`), never what a caller wrote
 * @param attributes by OpenTelemetry's conventions; nothing that may be secret
 */
export function withinSpan<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
  if (!isTraced()) return work();
  const tracer = trace.getTracer('mcp-gateway');
  return tracer.startActiveSpan(name, { kind: SpanKind.CLIENT, attributes }, async (span: Span) => {
    try {
      return await work();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      span.setAttribute('error.type', kindOf(error));
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Whether a call that is traced is behind what runs. */
export function isTraced(): boolean {
  return trace.getActiveSpan() !== undefined;
}

/** The span that runs, for the other side. */
export function currentTraceparent(): string | undefined {
  const span = trace.getActiveSpan();
  return span && traceparentOf(span);
}

/** A span as W3C's header `traceparent` names it. */
export function traceparentOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

function kindOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown';
  return 'kind' in error ? String(error.kind) : error.constructor.name;
}
