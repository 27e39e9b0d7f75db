import { Injectable } from '@nestjs/common';
import { Breakers } from '#libs/outbound';
import { forbidden, mayCall } from '../access/permissions.js';
import type { CatalogOperation } from '../catalog/catalog-entry.js';
import { Catalog } from '../catalog/catalog.js';
import { ServerSettings } from '../config/server.settings.js';
import { asOperationError } from '../errors/error-table.js';
import { CallContext, clientLeft, type CallOrigin } from './call-context.js';
import { CallRecorder } from './call-recorder.js';
import { callResult, type CallResult } from './call-result.js';
import { CallsInFlight } from './calls-in-flight.js';
import { invalidInput } from './input-issues.js';

/** The one way by which an operation is run, whichever door the call came through. */
@Injectable()
export class OperationExecutor {
  constructor(
    private readonly catalog: Catalog,
    private readonly inFlight: CallsInFlight,
    private readonly breakers: Breakers,
    private readonly recorder: CallRecorder,
    private readonly settings: ServerSettings,
  ) {}

  /** Runs `service.operation`. Rejects with an OperationError, never with anything else. */
  async execute(id: string, input: unknown, origin: CallOrigin): Promise<CallResult> {
    const startedAt = performance.now();
    let operation: CatalogOperation | undefined;
    let call: CallContext | undefined;
    try {
      // find
      operation = this.catalog.find(id, origin.caller);

      // authorize
      if (!mayCall(origin.caller, operation)) {
        throw forbidden(origin.caller, operation.id, operation.permission);
      }

      // admit
      if (origin.isAbandoned?.()) throw clientLeft();
      call = new CallContext(origin, operation.id, this.settings.defaultTimeoutMs);
      this.inFlight.enter(call);

      // parse, then ask the rule on arguments
      const parsed = operation.input.safeParse(input);
      if (!parsed.success) throw invalidInput(parsed.error, input);
      const also = operation.argumentPermission?.(parsed.data);
      if (also !== undefined && !mayCall(origin.caller, operation, also)) {
        throw forbidden(origin.caller, `${operation.id} with these arguments`, also);
      }

      // run: breaker, deadline, abort
      const running = this.run(operation, parsed.data, call);
      const data: unknown = running instanceof Promise ? await call.settle<unknown>(running, origin) : running;
      const json = JSON.stringify(data);

      // record
      const durationMs = performance.now() - startedAt;
      const result = callResult(json, durationMs, origin.requestId);
      this.recorder.succeeded(operation, durationMs);
      return result;
    } catch (cause) {
      const error = asOperationError(cause);
      this.recorder.failed(id, operation?.service, origin, error, performance.now() - startedAt);
      throw error;
    } finally {
      if (call) this.inFlight.leave(call);
    }
  }

  private run(operation: CatalogOperation, input: Record<string, unknown>, call: CallContext): unknown {
    const backEnd = operation.backEnd?.(input);
    if (backEnd === undefined) return operation.run(input, call);
    return this.breakers.run(backEnd, () => operation.run(input, call));
  }
}
