import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { context, propagation, trace } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';

export interface TraceTarget {
  /** Of a collector; traces go to `/v1/traces` below it. */
  readonly endpoint: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
  readonly version: string;
  readonly sampledPercent: number;
}

const SEND_EVERY_MS = 1_000;
/** How long the stop waits for a collector. */
const LAST_SPANS_MS = 2_000;

/**
 * Makes OpenTelemetry's API collect spans for this process, and sends them in batches. What a collector does not take is
 * lost after some tries: traces never hold a call up.
 *
 * @returns what sends the last spans and lets the process be without traces again
 */
export function startTracing(target: TraceTarget): () => Promise<void> {
  const url = `${target.endpoint.href.replace(/\/+$/, '')}/v1/traces`;
  const exporter = new OTLPTraceExporter({ url, headers: { ...target.headers } });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': target.serviceName, 'service.version': target.version }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(target.sampledPercent / 100) }),
    spanProcessors: [new BatchSpanProcessor(exporter, { scheduledDelayMillis: SEND_EVERY_MS })],
  });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  return async () => {
    const timeout = new Promise((resolve) => setTimeout(resolve, LAST_SPANS_MS).unref());
    await Promise.race([provider.shutdown(), timeout]).catch(() => undefined);
    trace.disable();
    context.disable();
    propagation.disable();
  };
}
