import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { OperationError, type Caller } from '#libs/kit';
import { CallLimits } from '../throttling/call-limits.js';
import { asOperationError, errorEnvelope, errorHeaders, faceOf } from './error-table.js';
import { ProtocolError } from './protocol-error.js';
import { REQUEST_ID_HEADER } from '../edge/call-origin.js';

/** The addresses whose answers tell what is left of the caller's limits. */
const callDoors = /^\/(?:api\/services\/|mcp\/execute)/i;

/** Answers every error of a Nest route with the one error envelope. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(ErrorFilter.name);

  constructor(private readonly limits: CallLimits) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request & { user?: Caller }>();
    const response = http.getResponse<Response>();
    const error = thrown instanceof HttpException ? fromNest(thrown, request) : asOperationError(thrown);
    const requestId = String(response.getHeader(REQUEST_ID_HEADER));
    if (error.kind === 'internal' && error !== thrown) {
      this.logger.error({ message: `${request.method} ${request.path} broke`, requestId }, stackOf(thrown));
    }
    if (response.headersSent) return;
    if (request.user && callDoors.test(request.path)) response.set(this.limits.headersFor(request.user));
    response.status(faceOf(error).restStatus).set(errorHeaders(error)).json(errorEnvelope(error, requestId));
  }
}

/** What Nest and Express throw themselves: an unknown address, or a path that can't be decoded. */
function fromNest(thrown: HttpException, request: Request): OperationError {
  const status = thrown.getStatus();
  if (status === 404) {
    return new OperationError('unknown', `There is nothing at ${request.method} ${request.path.slice(0, 200)}`);
  }
  if (status >= 500) return asOperationError(thrown);
  return new ProtocolError('invalid', thrown.message, status, -32600);
}

function stackOf(thrown: unknown): string | undefined {
  return thrown instanceof Error ? thrown.stack : undefined;
}
