import type { OperationError } from '#libs/kit';
import { errorJson } from '../../errors/json-rpc-error.js';
import { UpstreamError } from '../../upstreams/connection.js';
import type { MessageId } from './messages.js';

/** An error as a client of MCP is answered it. What an upstream answered is its word, and passes unchanged. */
export function errorAnswer(id: MessageId | null, error: OperationError, requestId: string): string {
  const { cause } = error;
  if (!(cause instanceof UpstreamError)) return errorJson(id, error, requestId);
  const { code, message, data } = cause;
  return JSON.stringify({ jsonrpc: '2.0', error: { code, message, ...(data !== undefined && { data }) }, id });
}
