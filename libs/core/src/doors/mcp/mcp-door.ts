import type { OutgoingHttpHeaders } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { HttpRequest, HttpResponse } from '#libs/kit';
import { ApiKeys } from '../../access/api-keys.js';
import { asOperationError, errorHeaders, faceOf } from '../../errors/error-table.js';
import type { CallOrigin } from '../../execution/call-context.js';
import { errorAnswer } from './error-answer.js';
import { readInbound } from './inbound.js';
import type { Asked } from './exchange.js';
import { Listeners } from './listeners.js';
import { methodNotAllowed } from './mcp-refusal.js';
import { idOf } from './messages.js';
import { ModernRequests } from './modern-requests.js';
import { sendJson } from './post-answer.js';
import { isModern } from './revisions.js';
import { isMcpPath, routeOf } from './scope.js';
import { SessionRequests } from './session-requests.js';
import { Sessions } from './sessions.js';

/** MCP over Streamable HTTP, in both eras, at one address. */
@Injectable()
export class McpDoor {
  /** Whether a path is `/mcp`, or one upstream's or toolset's below it. */
  static readonly serves = isMcpPath;
  static readonly routeOf = routeOf;
  /** What it has a route for; all else is refused with 405. */
  static readonly methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'DELETE']);

  constructor(
    private readonly modern: ModernRequests,
    private readonly requests: SessionRequests,
    private readonly sessions: Sessions,
    private readonly listeners: Listeners,
    keys: ApiKeys,
  ) {
    keys.ends.onEnd((callerId) => {
      // the caller of a key that was replaced goes on with the new one
      if (!keys.isTaken(callerId)) this.endOf(callerId);
    });
  }

  /**
   * Answers one HTTP request whose body was read. Resolves when it is answered, or its stream is open; undefined where that
   * is so at once.
   */
  answer(
    body: unknown,
    origin: CallOrigin,
    request: HttpRequest,
    response: HttpResponse,
    headers: OutgoingHttpHeaders,
  ): Promise<unknown> | undefined {
    const asked = { origin, request, response, headers };
    try {
      return this.take(body, asked)?.catch((thrown: unknown) => this.refuse(thrown, body, asked));
    } catch (thrown) {
      this.refuse(thrown, body, asked);
      return undefined;
    }
  }

  /** Ends the streams and calls of all clients, before the gateway stops. */
  endAll(): void {
    this.listeners.endAll();
    this.sessions.leaveAll();
  }

  private refuse(thrown: unknown, body: unknown, { origin, response, headers }: Asked): void {
    if (response.headersSent) throw thrown;
    const error = asOperationError(thrown);
    const json = errorAnswer(idOf(body), error, origin.requestId);
    sendJson(response, faceOf(error).rpcStatus, json, Object.assign(headers, errorHeaders(error)));
  }

  /** Ends what a caller has open who is let in no more. */
  private endOf(callerId: string): void {
    this.listeners.endOf(callerId);
    this.sessions.endOf(callerId);
    this.modern.endOf(callerId);
  }

  private take(body: unknown, asked: Asked): Promise<unknown> | undefined {
    const { request, response, headers } = asked;
    const { method } = request;
    if (method !== 'POST' && (isModernRequest(request) || (method !== 'GET' && method !== 'DELETE'))) {
      headers.allow = isModernRequest(request) ? 'POST' : 'GET, POST, DELETE';
      throw methodNotAllowed(`MCP is spoken with ${headers.allow} here`);
    }
    if (method === 'GET') return this.requests.stream(asked);
    if (method === 'DELETE') return this.requests.end(asked);
    const inbound = readInbound(body, request.headers);
    if (inbound.era === 'session') return this.requests.post(inbound, asked);
    if (inbound.message.kind === 'request') return this.modern.answer(inbound.message, asked);
    response.writeHead(202, headers).end();
    return undefined;
  }
}

/** A client of 2026-07-28, which has neither streams by GET nor sessions to end. */
function isModernRequest({ headers }: HttpRequest): boolean {
  const revision = headers['mcp-protocol-version'];
  return typeof revision === 'string' && isModern(revision);
}
