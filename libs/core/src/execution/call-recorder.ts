import { Injectable, Logger } from '@nestjs/common';
import type { Span } from '@opentelemetry/api';
import type { OperationError } from '#libs/kit';
import type { CatalogOperation } from '../catalog/catalog-entry.js';
import { AuditTrail } from '../observability/audit/audit-trail.js';
import { CallMetrics } from '../observability/metrics/call-metrics.js';
import { endCallSpan } from '../observability/traces/call-span.js';
import { traceIdOf } from '../observability/traces/trace-id.js';
import { Traces } from '../observability/traces/traces.js';
import { CallLimits } from '../throttling/call-limits.js';
import { CallEvents } from './call-events.js';
import { CallStatistics } from './call-statistics.js';
import type { CallOrigin } from './call-context.js';
import { workMsOf, type FinishedCall } from './finished-call.js';

/**
 * The last step of every call, however it ended: counts it, tells the log what a person should know and those who follow
 * calls that it is over, and writes it down.
 */
@Injectable()
export class CallRecorder {
  private readonly logger = new Logger('Call');

  constructor(
    private readonly statistics: CallStatistics,
    private readonly metrics: CallMetrics,
    private readonly limits: CallLimits,
    private readonly audit: AuditTrail,
    private readonly traces: Traces,
    readonly events: CallEvents,
  ) {}

  /** Throws `unavailable` where a call could not be recorded. */
  requireRoom(): void {
    this.audit.requireRoom();
  }

  /** The span of a call that begins, where traces are collected. */
  span({ id, service }: CatalogOperation, { caller, door, requestId, traceparent }: CallOrigin): Span | undefined {
    if (!this.traces.enabled) return undefined;
    const about = { 'mcp_gateway.service': service, 'mcp_gateway.door': door, 'mcp_gateway.caller': caller.id };
    return this.traces.call(id, { ...about, 'mcp_gateway.request_id': requestId }, traceparent);
  }

  /** Resolves when the call is in the audit; only then may its answer leave. */
  record(call: FinishedCall): Promise<void> {
    this.statistics.record(call.operation?.service, call.outcome, workMsOf(call));
    this.metrics.record(call);
    if (hasCost(call)) this.limits.spend(call.origin.caller, call.operation, call.tokens);
    if (call.error) this.tell(call, call.error);
    this.events.ended(call);
    if (call.span) endCallSpan(call.span, call);
    return this.audit.append(call);
  }

  private tell({ operationId, origin, outcome }: FinishedCall, error: OperationError): void {
    const { caller, door, requestId, traceparent } = origin;
    const traceId = traceIdOf(traceparent);
    const message = `${operationId.slice(0, 100)} for ${caller.id} through ${door}: ${error.kind}, ${error.message}`;
    const line = { message, requestId, ...(traceId !== undefined && { traceId }) };
    if (error.kind === 'internal')
      this.logger.error(line, error.cause instanceof Error ? error.cause.stack : undefined);
    else if (error.kind === 'unavailable' || outcome === 'denied') this.logger.warn(line);
    else this.logger.debug(line);
  }
}

/** What was refused costs nothing, nor what asked for something that is not there. */
function hasCost(call: FinishedCall): call is FinishedCall & { operation: CatalogOperation } {
  const { operation, outcome, error } = call;
  return operation !== undefined && (outcome === 'ok' || outcome === 'error') && error?.kind !== 'unknown';
}
