import { Injectable, Logger } from '@nestjs/common';
import { asOperationError } from '../../errors/error-table.js';
import type { CallOrigin } from '../../execution/call-context.js';
import { outcomeOf, type FinishedCall } from '../../execution/finished-call.js';
import { AuditTrail } from './audit-trail.js';

/** What people do to the gateway itself, in the account of calls: who, when, what, and how it ended. */
@Injectable()
export class AuditedActs {
  private readonly logger = new Logger('Audit');

  constructor(private readonly audit: AuditTrail) {}

  /**
   * Runs an act and writes it down before its answer leaves. What can't be written is told to the log alone: a change may
   * be just what makes room again.
   */
  async run<T>(operationId: string, input: unknown, origin: CallOrigin, act: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const record = (end: Pick<FinishedCall, 'outcome' | 'error'>) => {
      const durationMs = performance.now() - startedAt;
      const line = {
        operationId,
        operation: undefined,
        isAct: true,
        input,
        origin,
        durationMs,
        bytes: 0,
        tokens: 0,
        ...end,
      };
      return this.audit.append(line).catch((error: unknown) => {
        this.logger.error(`${operationId} by ${origin.caller.id} is not in the audit: ${String(error)}`);
      });
    };
    try {
      const result = await act();
      await record({ outcome: 'ok' });
      return result;
    } catch (cause) {
      const error = asOperationError(cause);
      await record({ outcome: outcomeOf(error), error });
      throw cause;
    }
  }
}
