import { OperationError } from '#libs/kit';
import type { CancelSignal } from './cancellation.js';
import { AnswerLostError, UnavailableError } from './unavailable-error.js';

/** The other side could not be reached, or went away before it answered. */
const lost = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_SOCKET',
]);
/** Of these, what a connection breaks off with that was open: what was sent may have arrived. */
const brokenOff = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);
const tooSlow = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

/** Whether a request that failed this way may succeed at once when sent again. */
export function isLostConnection(error: unknown): boolean {
  return lost.has(codeOf(error));
}

/** Of these, what there was no connection for. */
const unconnected = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Whether an error says that the other side was not even asked. */
export function wasNeverSent(error: OperationError): boolean {
  if (error instanceof UnavailableError && error.sign === 'unasked') return true;
  const { cause } = error;
  // the same error in other words
  if (cause instanceof OperationError) return wasNeverSent(cause);
  const code = codeOf(cause);
  return unconnected.has(code) || isTls(code) || isConnecting(cause) || isProxyRefusal(cause);
}

/** Puts what node or undici reported into words; `who` is the other side, as the caller may know it. */
export function outboundError(cause: unknown, who: string): OperationError {
  if (cause instanceof OperationError) return cause;
  const code = codeOf(cause);
  if (tooSlow.has(code)) return new OperationError('deadline', `${who} did not answer in time`, {}, { cause });
  if (isProxyRefusal(cause)) return unavailable(`${who} could not be reached, or broke off`, cause);
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH') {
    return new OperationError('invalid', 'The method, a header or the body is not valid HTTP', {}, { cause });
  }
  if (code === 'UND_ERR_HEADERS_OVERFLOW') {
    return new OperationError('failed', `${who} answered with headers that are too large`, {}, { cause });
  }
  if (code === 'ENOTFOUND') return unavailable(`${who} could not be found by its name`, cause);
  if (isTls(code))
    return unavailable(`${who} could not be reached securely: its certificate is not trusted, or TLS failed`, cause);
  if (isBrokenAnswer(cause, code)) {
    return new OperationError('failed', `${who} answered with something that is no valid HTTP`, {}, { cause });
  }
  const message = `${who} could not be reached, or broke off`;
  return brokenOff.has(code)
    ? new AnswerLostError(message, { retryable: true }, { cause })
    : unavailable(message, cause);
}

export function tooLarge(who: string, maxBytes: number): OperationError {
  return new OperationError('failed', `${who} answered with more than ${maxBytes} bytes`, { maxBytes });
}

export function tooLate(who: string, timeoutMs: number): OperationError {
  return new OperationError('deadline', `${who} did not answer completely within ${timeoutMs} ms`);
}

/** What a signal's reason means for the one who waits. */
export function cancelled(signal: CancelSignal, who: string): OperationError {
  const reason: unknown = signal.reason;
  if (reason instanceof OperationError) return reason;
  if (reason instanceof Error && reason.name === 'TimeoutError') {
    return new OperationError('deadline', `${who} did not answer in time`, {}, { cause: reason });
  }
  return new OperationError('failed', `The request to ${who} was cancelled`, {}, { cause: reason });
}

function unavailable(message: string, cause: unknown): OperationError {
  return new OperationError('unavailable', message, { retryable: true }, { cause });
}

/** Several addresses that were tried and all failed are an AggregateError. */
function isConnecting(cause: unknown): boolean {
  return (
    cause instanceof AggregateError || (cause instanceof Error && 'syscall' in cause && cause.syscall === 'connect')
  );
}

/** For plain http, undici reports a proxy that asks for a password as a wrong argument; for a tunnel as an abort. */
function isProxyRefusal(cause: unknown): boolean {
  return cause instanceof Error && /^Proxy (Authentication Required|response \()/.test(cause.message);
}

/** The parser's errors have a name and seldom a code; those of zlib and brotli start with Z_ and ERR_. */
function isBrokenAnswer(cause: unknown, code: string): boolean {
  return (cause instanceof Error && cause.name === 'HTTPParserError') || /^(HPE|Z|ERR)_/.test(code);
}

function isTls(code: string): boolean {
  return /CERT|TLS|SSL|SIGNATURE|PRX_TLS/.test(code);
}

/** Several addresses that all failed are one AggregateError; its code is that of the first. */
function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : '';
}
