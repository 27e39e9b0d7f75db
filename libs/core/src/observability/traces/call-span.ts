import { ROOT_CONTEXT, SpanStatusCode, trace, type Span } from '@opentelemetry/api';
import type { FinishedCall } from '../../execution/finished-call.js';

/** Ends the span of a call, with a span for each step that it took. */
export function endCallSpan(span: Span, { outcome, error, steps = {}, durationMs, bytes, tokens }: FinishedCall): void {
  const endedAt = Date.now();
  const parent = trace.setSpan(ROOT_CONTEXT, span);
  let at = endedAt - durationMs;
  for (const [step, tookMs] of Object.entries(steps)) {
    // one that the call did not come to, or did not need
    if (tookMs === undefined) continue;
    trace
      .getTracer('mcp-gateway')
      .startSpan(step, { startTime: at }, parent)
      .end(at + tookMs);
    at += tookMs;
  }
  span.setAttributes({ 'mcp_gateway.outcome': outcome, 'mcp_gateway.bytes': bytes, 'mcp_gateway.tokens': tokens });
  if (error) {
    span.setAttribute('error.type', error.kind);
    span.setStatus({ code: SpanStatusCode.ERROR, message: error.kind });
  }
  span.end(endedAt);
}
