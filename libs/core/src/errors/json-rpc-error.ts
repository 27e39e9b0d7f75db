import type { OperationError } from '#libs/kit';
import { faceOf } from './error-table.js';

/** An error as JSON-RPC 2.0 answers it. The id is null where it could not be read. */
export function errorJson(id: string | number | null, error: OperationError, requestId: string): string {
  const { kind, message, details } = error;
  const data = { kind, ...details, requestId };
  return JSON.stringify({ jsonrpc: '2.0', error: { code: faceOf(error).code, message, data }, id });
}
