import { Injectable, Logger } from '@nestjs/common';
import type { OperationError } from '#libs/kit';
import type { CatalogOperation } from '../catalog/catalog-entry.js';
import type { CallOrigin } from './call-context.js';
import { CallStatistics } from './call-statistics.js';

/** The last step of every call, however it ended: counts it, and tells the log what a person should know. */
@Injectable()
export class CallRecorder {
  private readonly logger = new Logger('Call');

  constructor(private readonly statistics: CallStatistics) {}

  succeeded(operation: CatalogOperation, durationMs: number): void {
    this.statistics.record(operation.service, 'ok', durationMs);
  }

  failed(
    operationId: string,
    service: string | undefined,
    origin: CallOrigin,
    error: OperationError,
    durationMs: number,
  ): void {
    const denied = error.kind === 'forbidden' || error.kind === 'not-approved';
    this.statistics.record(service, denied ? 'denied' : 'error', durationMs);
    const { caller, door, requestId } = origin;
    const line = `${operationId.slice(0, 100)} for ${caller.id} through ${door}, request ${requestId}: ${error.kind}, ${error.message}`;
    if (error.kind === 'internal')
      this.logger.error(line, error.cause instanceof Error ? error.cause.stack : undefined);
    else if (error.kind === 'unavailable' || denied) this.logger.warn(line);
    else this.logger.debug(line);
  }
}
