import { Injectable, Logger } from '@nestjs/common';
import type { OperationError } from '#libs/kit';
import type { CatalogOperation } from '../catalog/catalog-entry.js';
import { AuditTrail } from '../observability/audit/audit-trail.js';
import { CallMetrics } from '../observability/metrics/call-metrics.js';
import { CallLimits } from '../throttling/call-limits.js';
import { CallEvents } from './call-events.js';
import { CallStatistics } from './call-statistics.js';
import type { FinishedCall } from './finished-call.js';

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
    readonly events: CallEvents,
  ) {}

  /** Throws `unavailable` where a call could not be recorded. */
  requireRoom(): void {
    this.audit.requireRoom();
  }

  /** Resolves when the call is in the audit; only then may its answer leave. */
  record(call: FinishedCall): Promise<void> {
    this.statistics.record(call.operation?.service, call.outcome, call.durationMs);
    this.metrics.record(call);
    if (hasCost(call)) this.limits.spend(call.origin.caller, call.operation, call.tokens);
    if (call.error) this.tell(call, call.error);
    this.events.ended(call);
    return this.audit.append(call);
  }

  private tell({ operationId, origin, outcome }: FinishedCall, error: OperationError): void {
    const { caller, door, requestId } = origin;
    const message = `${operationId.slice(0, 100)} for ${caller.id} through ${door}: ${error.kind}, ${error.message}`;
    const line = { message, requestId };
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
