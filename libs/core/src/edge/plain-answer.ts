import { IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import type { HttpRequest, HttpResponse, OperationError } from '#libs/kit';
import { errorEnvelope, faceOf } from '../errors/error-table.js';
import { errorJson } from '../errors/json-rpc-error.js';
import type { AnswerHeaders } from './answer-headers.js';
import { REQUEST_ID_HEADER } from './call-origin.js';
import { hasBody } from './request-body.js';

/** How long a refused upload may go on before its connection is closed. */
const REFUSED_UPLOAD_MS = 1_000;

/** Sends an answer that is whole. Answers the bytes of its body. */
export function send(
  response: HttpResponse,
  status: number,
  json: string | undefined,
  headers: OutgoingHttpHeaders,
): number {
  let bytes = 0;
  if (json === undefined) response.writeHead(status, headers);
  else bytes = writeHead(response, status, json, headers);
  response.end(json);
  return bytes;
}

/** Answers the bytes of the body. */
export function refuse(
  request: HttpRequest,
  response: HttpResponse,
  error: OperationError,
  headers: AnswerHeaders,
  isRpc: boolean,
): number {
  if (response.destroyed || response.headersSent) return 0;
  const requestId = headers[REQUEST_ID_HEADER];
  const { rpcStatus, restStatus } = faceOf(error);
  const status = isRpc ? rpcStatus : restStatus;
  const json = isRpc ? errorJson(null, error, requestId) : JSON.stringify(errorEnvelope(error, requestId));
  const isSending = request instanceof IncomingMessage && !request.complete && hasBody(request);
  if (!isSending) return send(response, status, json, headers);
  answerUpload(request, response, status, json, headers);
  return Buffer.byteLength(json);
}

/**
 * Answers a client that is still sending. A connection that is closed before its client has sent everything is reset,
 * and the answer lost with it, so the rest is thrown away for a while.
 */
function answerUpload(
  request: IncomingMessage,
  response: HttpResponse,
  status: number,
  json: string,
  headers: OutgoingHttpHeaders,
): void {
  const end = () => response.end();
  const timer = setTimeout(end, REFUSED_UPLOAD_MS);
  response.once('close', () => {
    clearTimeout(timer);
  });
  request.once('end', end);
  writeHead(response, status, json, { ...headers, connection: 'close' });
  response.write(json);
  request.resume();
}

function writeHead(response: HttpResponse, status: number, json: string, headers: OutgoingHttpHeaders): number {
  const bytes = Buffer.byteLength(json);
  // added in place: a copy of the headers for each answer shows in a profile
  headers['content-type'] = 'application/json; charset=utf-8';
  headers['content-length'] = bytes;
  response.writeHead(status, headers);
  return bytes;
}
