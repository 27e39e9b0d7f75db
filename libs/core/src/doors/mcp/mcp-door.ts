import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { CallOrigin } from '../../execution/call-context.js';
import { readInbound } from './inbound.js';
import { methodNotAllowed } from './mcp-refusal.js';
import { ModernRequests } from './modern-requests.js';
import { SessionRequests } from './session-requests.js';

/** MCP over Streamable HTTP, in both eras, at one address. */
@Injectable()
export class McpDoor {
  static readonly path = '/mcp';

  constructor(
    private readonly modern: ModernRequests,
    private readonly sessions: SessionRequests,
  ) {}

  /** Answers one HTTP request whose body was read. Rejects with an OperationError while nothing was answered. */
  async answer(
    body: unknown,
    origin: CallOrigin,
    request: IncomingMessage,
    response: ServerResponse,
    headers: OutgoingHttpHeaders,
  ): Promise<void> {
    const asked = { origin, request, response, headers };
    if (request.method === 'GET') {
      this.sessions.stream(asked);
      return;
    }
    if (request.method === 'DELETE') {
      this.sessions.end(asked);
      return;
    }
    if (request.method !== 'POST') throw methodNotAllowed('MCP is spoken with POST, GET and DELETE');
    const inbound = readInbound(body, request.headers);
    if (inbound.era === 'session') await this.sessions.post(inbound, asked);
    else if (inbound.message.kind === 'request')
      await this.modern.answer(inbound.message, origin, request, response, headers);
    else response.writeHead(202, headers).end();
  }
}
