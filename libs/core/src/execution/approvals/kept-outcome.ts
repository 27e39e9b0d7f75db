import { OperationError, type ErrorKind } from '#libs/kit';
import { asOperationError } from '../../errors/error-table.js';
import type { CallResult } from '../call-result.js';
import { ToolFailure } from '../tool-failure.js';

/** How an approved call ended, as it is kept for its ticket. */
export type KeptOutcome =
  | { readonly result: CallResult }
  | {
      readonly error: {
        readonly kind: ErrorKind;
        readonly message: string;
        readonly details: OperationError['details'];
        /** Of a tool that said itself that it failed. */
        readonly resultJson?: string;
      };
    };

export function keptError(cause: unknown): KeptOutcome {
  const error = asOperationError(cause);
  const { kind, message, details } = error;
  return { error: { kind, message, details, ...(error instanceof ToolFailure && { resultJson: error.resultJson }) } };
}

/** The same end once more, for the request that asks now. */
export function replay(outcome: KeptOutcome, requestId: string): CallResult {
  if ('result' in outcome) {
    const { result } = outcome;
    return { ...result, metadata: { ...result.metadata, requestId } };
  }
  const { kind, message, details, resultJson } = outcome.error;
  throw resultJson === undefined ? new OperationError(kind, message, details) : new ToolFailure(message, resultJson);
}
