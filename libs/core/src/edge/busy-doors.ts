import { Injectable } from '@nestjs/common';
import type { Caller, HttpRequest, HttpResponse } from '#libs/kit';
import { Authenticator } from '../access/authenticator.js';
import { ServerSettings } from '../config/server.settings.js';
import { McpDoor } from '../doors/mcp/mcp-door.js';
import { ProtectedResource } from '../doors/mcp/protected-resource.js';
import { RpcDoor } from '../doors/rpc/rpc-door.js';
import { asOperationError, errorHeaders } from '../errors/error-table.js';
import { invalidRequest } from '../errors/protocol-error.js';
import { RequestRecorder, type OpenRequest } from '../observability/request-recorder.js';
import { answerHeaders, type AnswerHeaders } from './answer-headers.js';
import { callOrigin, REQUEST_ID_HEADER } from './call-origin.js';
import { parseJson } from './json-body.js';
import { LaneRequest } from './lane/lane-request.js';
import type { LaneResponse } from './lane/lane-response.js';
import { refuse, send } from './plain-answer.js';
import { requireJson } from './request-body.js';
import { requestIdOf } from './request-id.js';
import { RequestRules } from './request-rules.js';

/** An HTTP request at the edge, and what is known of it before anything of it is looked at. */
export interface Exchange<Request extends HttpRequest = HttpRequest, Response extends HttpResponse = HttpResponse> {
  readonly request: Request;
  readonly response: Response;
  readonly path: string;
  /** At the address of a door that is answered here. */
  readonly isRpc: boolean;
  readonly isMcp: boolean;
  readonly headers: AnswerHeaders;
  readonly open: OpenRequest;
}

type LaneExchange = Exchange<LaneRequest, LaneResponse>;

/** The doors that are answered before Express: JSON-RPC and MCP. */
@Injectable()
export class BusyDoors {
  constructor(
    private readonly rules: RequestRules,
    private readonly authenticator: Authenticator,
    private readonly rpc: RpcDoor,
    private readonly mcp: McpDoor,
    private readonly resource: ProtectedResource,
    private readonly settings: ServerSettings,
    private readonly recorder: RequestRecorder,
  ) {}

  /** Whether a POST to an address may come in through the lane. */
  takesPosts(url: string): boolean {
    const path = pathOf(url);
    return this.isRpc(path) || this.isMcp(path);
  }

  begin<Request extends HttpRequest, Response extends HttpResponse>(
    request: Request,
    response: Response,
  ): Exchange<Request, Response> {
    const path = pathOf(request.url ?? '');
    const headers = answerHeaders(requestIdOf(request));
    const isMcp = request.method !== 'OPTIONS' && this.isMcp(path);
    const open = this.recorder.begin(request, path, headers[REQUEST_ID_HEADER]);
    return { request, response, path, isRpc: this.isRpc(path), isMcp, headers, open };
  }

  /** Throws for a request that is refused whatever it asks for. */
  check({ request, path, headers }: Exchange): void {
    if (!path.startsWith('/')) throw invalidRequest('The request target must be a path');
    this.rules.check(request, path, headers);
  }

  /** Who is calling: whoever is not known gets no body read. */
  identify({ request, open }: Exchange): Caller | Promise<Caller> {
    const identified = this.authenticator.identify(request);
    if (identified instanceof Promise) return identified.then((caller) => (open.caller = caller));
    return (open.caller = identified);
  }

  /** Answers a request that came in through the lane. */
  answerLane(request: LaneRequest, response: LaneResponse): void {
    const exchange = this.begin(request, response);
    try {
      this.check(exchange);
      const identified = this.identify(exchange);
      if (identified instanceof Promise) void this.answerLater(exchange, identified);
      else this.answerWhole(exchange, identified);
    } catch (error) {
      this.refuse(exchange, error);
    }
  }

  private async answerLater(exchange: LaneExchange, identified: Promise<Caller>): Promise<void> {
    try {
      this.answerWhole(exchange, await identified);
    } catch (error) {
      this.refuse(exchange, error);
    }
  }

  private answerWhole(exchange: LaneExchange, caller: Caller): void {
    const { request, isMcp } = exchange;
    requireJson(request);
    const body = parseJson(request.body);
    const answering = isMcp ? this.answerMcp(exchange, body, caller) : this.answerRpc(exchange, body, caller);
    answering?.catch((error: unknown) => this.refuse(exchange, error));
  }

  async answerRpc({ request, response, headers, open }: Exchange, body: unknown, caller: Caller): Promise<void> {
    const origin = callOrigin('rpc', caller, request, response, headers[REQUEST_ID_HEADER]);
    const answer = await this.rpc.answer(body, origin);
    const all = Object.assign(headers, this.rpc.headersOf(answer, caller));
    const bytes = send(response, answer.status, answer.json, all);
    this.recorder.answered(request, open, answer.status, bytes);
  }

  /** Resolves when the request is answered, or its stream is open; undefined where that is so at once. */
  answerMcp(
    { request, response, headers, open }: Exchange,
    body: unknown,
    caller: Caller,
  ): Promise<unknown> | undefined {
    open.route = McpDoor.routeOf(open.path);
    this.recorder.whenAnswered(request, response, open);
    const origin = callOrigin('mcp', caller, request, response, open.requestId);
    return this.mcp.answer(body, origin, request, response, headers);
  }

  refuse({ request, response, headers, open, isRpc, isMcp }: Exchange, error: unknown): void {
    this.recorder.whenAnswered(request, response, open);
    const refusal = asOperationError(error);
    const more = isMcp ? this.resource.headersOf(refusal, request) : errorHeaders(refusal);
    open.bytes = refuse(request, response, refusal, Object.assign(headers, more), isRpc || isMcp);
  }

  private isRpc(path: string): boolean {
    return this.settings.doors.includes('rpc') && RpcDoor.paths.has(path);
  }

  private isMcp(path: string): boolean {
    return McpDoor.serves(path) && this.settings.doors.includes('mcp');
  }
}

export function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}
