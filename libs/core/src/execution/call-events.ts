import { Injectable } from '@nestjs/common';
import type { CatalogOperation } from '../catalog/catalog-entry.js';
import { LiveEvents } from '../observability/live/live-events.js';
import { Redactor } from '../observability/redaction.js';
import type { CallOrigin } from './call-context.js';
import type { FinishedCall } from './finished-call.js';

const MAX_NAME = 200;
const MAX_MESSAGE = 500;

/** Tells of calls while they happen, to whoever follows them. */
@Injectable()
export class CallEvents {
  constructor(
    private readonly live: LiveEvents,
    private readonly redactor: Redactor,
  ) {}

  started({ service, name }: CatalogOperation, origin: CallOrigin): void {
    this.live.callStarted(origin, service, name);
  }

  progressed(
    { service, name }: CatalogOperation,
    { caller, door, requestId }: CallOrigin,
    progress: number,
    total?: number,
    message?: string,
  ): void {
    this.live.publish('tool_executed', {
      phase: 'progress',
      requestId,
      caller: caller.id,
      door,
      service,
      operation: name,
      progress,
      ...(total !== undefined && { total }),
      ...(message !== undefined && { message: this.redactor.text(message.slice(0, MAX_MESSAGE)) }),
    });
  }

  ended(call: FinishedCall): void {
    const { operation, operationId } = call;
    const name = operation?.name ?? this.redactor.text(operationId.slice(0, MAX_NAME));
    this.live.callEnded(call, operation?.service ?? '', name);
  }
}
