import type { IncomingMessage, OutgoingHttpHeaders, RequestListener, Server, ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { Caller, OperationError } from '#libs/kit';
import { Authenticator } from '../access/authenticator.js';
import { ServerSettings } from '../config/server.settings.js';
import { McpDoor } from '../doors/mcp/mcp-door.js';
import { ProtectedResource } from '../doors/mcp/protected-resource.js';
import { RealtimeDoor, type Upgrade } from '../doors/realtime/realtime-door.js';
import { RpcDoor } from '../doors/rpc/rpc-door.js';
import { SlackCallbacks } from '../execution/approvals/slack/slack-callbacks.js';
import { asOperationError, errorEnvelope, errorHeaders, faceOf } from '../errors/error-table.js';
import { errorJson } from '../errors/json-rpc-error.js';
import { invalidRequest } from '../errors/protocol-error.js';
import { RequestRecorder, type OpenRequest } from '../observability/request-recorder.js';
import { callOrigin, REQUEST_ID_HEADER } from './call-origin.js';
import { parseJson } from './json-body.js';
import { ConnectionLimits } from './connection-limits.js';
import { answerHeaders, answerPreflight, type AnswerHeaders } from './answer-headers.js';
import { bringsBody, hasBody, readBody, requireForm, requireJson } from './request-body.js';
import { requestIdOf } from './request-id.js';
import { RequestRules } from './request-rules.js';
import { answerTo, asksForWebSocket, ignoreUpgrade } from './upgrades.js';

const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 30_000;
const MAX_FORM_BYTES = 256 * 1024;
const SWITCHING_PROTOCOLS = 101;
/** How long a refused upload may go on before its connection is closed. */
const REFUSED_UPLOAD_MS = 1_000;

/** A request whose body the edge has read, as Nest's controllers expect it. */
type RequestWithBody = IncomingMessage & { body?: unknown };

/**
 * The listener before Express. It applies the rules on `Host`, `Origin` and bodies to every route, and answers the busy
 * doors itself: Express alone costs several times what the gateway does with a call.
 */
@Injectable()
export class Edge {
  private closing = false;

  constructor(
    private readonly rules: RequestRules,
    private readonly authenticator: Authenticator,
    private readonly rpc: RpcDoor,
    private readonly mcp: McpDoor,
    private readonly realtime: RealtimeDoor,
    private readonly resource: ProtectedResource,
    private readonly settings: ServerSettings,
    private readonly recorder: RequestRecorder,
    private readonly slack: SlackCallbacks,
  ) {}

  /** Takes the place of the listener that the server has, and hands over to it what is not answered here. */
  attach(server: Server): void {
    const [express] = server.listeners('request') as RequestListener[];
    if (!express) throw new Error('The edge needs a server that Express listens on');
    server.removeAllListeners('request');
    server.headersTimeout = HEADERS_TIMEOUT_MS;
    server.requestTimeout = REQUEST_TIMEOUT_MS;
    server.keepAliveTimeout = this.settings.keepAliveTimeoutMs;
    server.maxConnections = this.settings.maxConnections;
    const limits = new ConnectionLimits(server);
    server.on('request', (request: RequestWithBody, response: ServerResponse) => {
      void this.handle(request, response, express);
    });
    if (!this.settings.doors.includes('realtime')) return;
    server.on('upgrade', (request, socket, head) => {
      limits.letGo(request.socket);
      if (!asksForWebSocket(request) || !RealtimeDoor.serves(pathOf(request.url ?? ''))) {
        ignoreUpgrade(server, request, socket, head);
      } else void this.handle(request, answerTo(request, socket), express, { socket, head });
    });
  }

  /** From now on every answer asks its client to close the connection. */
  startClosing(): void {
    this.closing = true;
    this.realtime.startClosing();
  }

  private async handle(
    request: RequestWithBody,
    response: ServerResponse,
    express: RequestListener,
    upgrade?: Upgrade,
  ): Promise<void> {
    const path = pathOf(request.url ?? '');
    const isRpc = this.settings.doors.includes('rpc') && RpcDoor.paths.has(path);
    const isMcp = McpDoor.serves(path) && request.method !== 'OPTIONS' && this.settings.doors.includes('mcp');
    const headers = answerHeaders(requestIdOf(request));
    const open = this.recorder.begin(request, path, headers[REQUEST_ID_HEADER]);
    if (this.closing) response.setHeader('connection', 'close');
    try {
      if (!path.startsWith('/')) throw invalidRequest('The request target must be a path');
      this.rules.check(request, path, headers);
      if (answerPreflight(request, response, headers)) {
        this.recorder.whenAnswered(request, response, open);
        return;
      }

      if (RealtimeDoor.serves(path) && this.settings.doors.includes('realtime')) {
        await this.takeRealtime(request, response, headers, open, upgrade);
        return;
      }

      const asksRpc = isRpc && request.method === 'POST';
      const postsMcp = isMcp && request.method === 'POST';
      if (request.method === 'POST' && this.slack.takes(path)) {
        // the one form that is taken: it is signed, and read as it came
        requireForm(request);
        request.body = await readBody(request, MAX_FORM_BYTES);
      } else if (asksRpc || isMcp || bringsBody(request)) {
        // whoever is not known gets no body read; the public addresses are for GET
        const identified = this.authenticator.identify(request);
        const caller = identified instanceof Promise ? await identified : identified;
        open.caller = caller;
        if (!isMcp || postsMcp) requireJson(request);
        if (asksRpc || postsMcp || hasBody(request)) {
          request.body = parseJson(await readBody(request, this.settings.maxBodyBytes));
        }
        if (isMcp && (this.settings.hotPath === 'on' || !McpDoor.methods.has(request.method ?? ''))) {
          await this.answerMcp(request, response, caller, headers, open);
          return;
        }
        if (asksRpc && this.settings.hotPath === 'on') {
          const origin = callOrigin('rpc', caller, request, response, headers[REQUEST_ID_HEADER]);
          const answer = await this.rpc.answer(request.body, origin);
          const all = Object.assign(headers, this.rpc.headersOf(answer, caller));
          const bytes = send(response, answer.status, answer.json, all);
          this.recorder.answered(request, open, answer.status, bytes);
          return;
        }
      }
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      this.recorder.whenAnswered(request, response, open);
      express(request, response);
    } catch (error) {
      this.recorder.whenAnswered(request, response, open);
      const refusal = asOperationError(error);
      const more = isMcp ? this.resource.headersOf(refusal, request) : errorHeaders(refusal);
      open.bytes = refuse(request, response, refusal, Object.assign(headers, more), isRpc || isMcp);
    }
  }

  /** What becomes a WebSocket has no answer that could be waited for. */
  private async takeRealtime(
    request: IncomingMessage,
    response: ServerResponse,
    headers: AnswerHeaders,
    open: OpenRequest,
    upgrade: Upgrade | undefined,
  ): Promise<void> {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    await this.realtime.take(request, response, open.path, upgrade);
    open.route = open.path;
    if (upgrade) this.recorder.answered(request, open, SWITCHING_PROTOCOLS, 0);
    else this.recorder.whenAnswered(request, response, open);
  }

  private async answerMcp(
    request: RequestWithBody,
    response: ServerResponse,
    caller: Caller,
    headers: AnswerHeaders,
    open: OpenRequest,
  ): Promise<void> {
    open.route = McpDoor.routeOf(open.path);
    this.recorder.whenAnswered(request, response, open);
    try {
      const origin = callOrigin('mcp', caller, request, response, open.requestId);
      await this.mcp.answer(request.body, origin, request, response, headers);
    } catch (error) {
      const refusal = asOperationError(error);
      open.bytes = refuse(request, response, refusal, Object.assign(headers, errorHeaders(refusal)), true);
    }
  }
}

/** Answers the bytes of the body. */
function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  error: OperationError,
  headers: AnswerHeaders,
  isRpc: boolean,
): number {
  if (response.destroyed || response.headersSent) return 0;
  const requestId = headers[REQUEST_ID_HEADER];
  const { rpcStatus, restStatus } = faceOf(error);
  const status = isRpc ? rpcStatus : restStatus;
  const json = isRpc ? errorJson(null, error, requestId) : JSON.stringify(errorEnvelope(error, requestId));
  if (request.complete || !hasBody(request)) return send(response, status, json, headers);
  answerUpload(request, response, status, json, headers);
  return Buffer.byteLength(json);
}

/**
 * Answers a client that is still sending. A connection that is closed before its client has sent everything is reset,
 * and the answer lost with it, so the rest is thrown away for a while.
 */
function answerUpload(
  request: IncomingMessage,
  response: ServerResponse,
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

/** Answers the bytes of the body. */
function send(
  response: ServerResponse,
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

function writeHead(response: ServerResponse, status: number, json: string, headers: OutgoingHttpHeaders): number {
  const bytes = Buffer.byteLength(json);
  // added in place: a copy of the headers for each answer shows in a profile
  headers['content-type'] = 'application/json; charset=utf-8';
  headers['content-length'] = bytes;
  response.writeHead(status, headers);
  return bytes;
}

function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}
