import { OperationError, type ErrorKind } from '#libs/kit';
import { ProtocolError } from './protocol-error.js';

/** How a kind looks at the doors: JSON-RPC code, HTTP status at the JSON-RPC addresses, HTTP status elsewhere. */
interface ErrorFace {
  code: number;
  rpcStatus: number;
  restStatus: number;
}

const faces: Record<ErrorKind, ErrorFace> = {
  invalid: { code: -32602, rpcStatus: 200, restStatus: 400 },
  internal: { code: -32603, rpcStatus: 200, restStatus: 500 },
  unauthenticated: { code: -32010, rpcStatus: 401, restStatus: 401 },
  forbidden: { code: -32011, rpcStatus: 403, restStatus: 403 },
  limited: { code: -32012, rpcStatus: 429, restStatus: 429 },
  'too-large': { code: -32013, rpcStatus: 413, restStatus: 413 },
  unknown: { code: -32014, rpcStatus: 200, restStatus: 404 },
  'not-configured': { code: -32015, rpcStatus: 200, restStatus: 503 },
  unavailable: { code: -32016, rpcStatus: 200, restStatus: 502 },
  deadline: { code: -32017, rpcStatus: 200, restStatus: 504 },
  failed: { code: -32018, rpcStatus: 200, restStatus: 422 },
  'not-approved': { code: -32019, rpcStatus: 200, restStatus: 403 },
};

/** The one place where a kind becomes a code and a status. */
export function faceOf(error: OperationError): ErrorFace {
  if (error instanceof ProtocolError) return { code: error.code, rpcStatus: error.status, restStatus: error.status };
  return faces[error.kind];
}

/** The body of an error at the doors that answer envelopes. */
export function errorEnvelope(error: OperationError, requestId: string) {
  const { kind, message, details } = error;
  return { status: 'error', error: { code: faceOf(error).code, kind, message, details, requestId } };
}

/** Headers that some errors bring along. */
export function errorHeaders(error: OperationError): Record<string, string> {
  if (error.kind === 'unauthenticated') return { 'www-authenticate': 'Bearer realm="mcp-gateway"' };
  const { retryAfterMs } = error.details;
  if (retryAfterMs !== undefined) return { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) };
  return {};
}

/** What a caller is told when something breaks that is nobody's fault but ours. */
export function asOperationError(error: unknown): OperationError {
  if (error instanceof OperationError) return error;
  return new OperationError(
    'internal',
    'Something broke inside the gateway. Its log has the reason under this request id.',
    {},
    { cause: error },
  );
}
