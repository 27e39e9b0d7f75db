import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import { Injectable } from '@nestjs/common';
import { ServerSettings } from '../config/server.settings.js';
import { McpDoor } from '../doors/mcp/mcp-door.js';
import { RealtimeDoor, type Upgrade } from '../doors/realtime/realtime-door.js';
import { SlackCallbacks } from '../execution/approvals/slack/slack-callbacks.js';
import { RequestRecorder } from '../observability/request-recorder.js';
import { answerPreflight } from './answer-headers.js';
import { BusyDoors, pathOf, type Exchange } from './busy-doors.js';
import { ConnectionLimits } from './connection-limits.js';
import { parseJson } from './json-body.js';
import type { LaneRequest } from './lane/lane-request.js';
import type { LaneResponse } from './lane/lane-response.js';
import { Lane } from './lane/lane.js';
import { bringsBody, hasBody, readBody, requireForm, requireJson } from './request-body.js';
import { CertificateRenewal } from './tls/certificate-renewal.js';
import { answerTo, asksForWebSocket, ignoreUpgrade } from './upgrades.js';

const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 30_000;
const MAX_FORM_BYTES = 256 * 1024;
const SWITCHING_PROTOCOLS = 101;

/** A request whose body the edge has read, as Nest's controllers expect it. */
type RequestWithBody = IncomingMessage & { body?: unknown };

/**
 * The listener before Express. It applies the rules on `Host`, `Origin` and bodies to every route, and answers the busy
 * doors itself: Express alone costs several times what the gateway does with a call.
 */
@Injectable()
export class Edge {
  private closing = false;
  private server: Server | undefined;
  private lane: Lane | undefined;
  /** Answers of node's that are not over. */
  private readonly unfinished = new Set<ServerResponse>();

  constructor(
    private readonly busy: BusyDoors,
    private readonly realtime: RealtimeDoor,
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
    const isSecure = this.settings.scheme === 'https';
    if (isSecure) new CertificateRenewal(server as unknown as TlsServer, this.settings);
    const opening = isSecure ? 'secureConnection' : 'connection';
    const limits = new ConnectionLimits(server, opening);
    this.server = server;
    if (this.settings.hotPath === 'on') {
      const doors = {
        maxBodyBytes: () => this.settings.maxBodyBytes,
        takes: (url: string) => this.busy.takesPosts(url),
        answer: (request: LaneRequest, response: LaneResponse) => this.busy.answerLane(request, response),
      };
      this.lane = new Lane(server, doors, opening);
    }
    server.on('request', (request: RequestWithBody, response: ServerResponse) => {
      this.unfinished.add(response);
      response.once('close', () => this.unfinished.delete(response));
      void this.handle(this.busy.begin(request, response), express);
    });
    if (!this.settings.doors.includes('realtime')) return;
    server.on('upgrade', (request, socket, head) => {
      limits.letGo(request.socket);
      if (!asksForWebSocket(request) || !RealtimeDoor.serves(pathOf(request.url ?? ''))) {
        ignoreUpgrade(server, request, socket, head);
      } else void this.handle(this.busy.begin(request, answerTo(request, socket)), express, { socket, head });
    });
  }

  /** From now on every answer asks its client to close the connection, and is the last one over it. */
  startClosing(): void {
    this.closing = true;
    this.lane?.startClosing();
    for (const response of this.unfinished) endConnectionWith(response);
    this.realtime.startClosing();
  }

  /** Closes the lane's connections over which nothing is asked; the server closes its own when it is closed. */
  closeIdleConnections(): void {
    this.lane?.closeIdle();
  }

  closeAllConnections(): void {
    this.server?.closeAllConnections();
    this.lane?.closeAll();
  }

  private async handle(
    exchange: Exchange<RequestWithBody, ServerResponse>,
    express: RequestListener,
    upgrade?: Upgrade,
  ) {
    const { request, response, path, isRpc, isMcp, headers, open } = exchange;
    if (this.closing) response.setHeader('connection', 'close');
    try {
      this.busy.check(exchange);
      if (answerPreflight(request, response, headers)) {
        this.recorder.whenAnswered(request, response, open);
        return;
      }

      if (RealtimeDoor.serves(path) && this.settings.doors.includes('realtime')) {
        await this.takeRealtime(exchange, upgrade);
        return;
      }

      const asksRpc = isRpc && request.method === 'POST';
      const postsMcp = isMcp && request.method === 'POST';
      const isHot = this.settings.hotPath === 'on';
      if (request.method === 'POST' && this.slack.takes(path)) {
        // the one form that is taken: it is signed, and read as it came
        requireForm(request);
        request.body = await readBody(request, MAX_FORM_BYTES);
      } else if (asksRpc || isMcp || bringsBody(request)) {
        // the public addresses are for GET
        const caller = await this.busy.identify(exchange);
        if (!isMcp || postsMcp) requireJson(request);
        if (asksRpc || postsMcp || hasBody(request)) {
          request.body = parseJson(await readBody(request, this.settings.maxBodyBytes));
        }
        if (isMcp && (isHot || !McpDoor.methods.has(request.method ?? '') || !isDecodable(path))) {
          await this.busy.answerMcp(exchange, request.body, caller);
          return;
        }
        if (asksRpc && isHot) {
          await this.busy.answerRpc(exchange, request.body, caller);
          return;
        }
      }
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      this.recorder.whenAnswered(request, response, open);
      express(request, response);
    } catch (error) {
      this.busy.refuse(exchange, error);
    }
  }

  /** What becomes a WebSocket has no answer that could be waited for. */
  private async takeRealtime(
    { request, response, headers, open }: Exchange<RequestWithBody, ServerResponse>,
    upgrade: Upgrade | undefined,
  ): Promise<void> {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    await this.realtime.take(request, response, open.path, upgrade);
    open.route = open.path;
    if (upgrade) this.recorder.answered(request, open, SWITCHING_PROTOCOLS, 0);
    else this.recorder.whenAnswered(request, response, open);
  }
}

/** Whether Express, which decodes what an address names, could take a path. */
function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

function endConnectionWith(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('connection', 'close');
  else {
    const { socket } = response;
    response.once('finish', () => socket?.destroySoon());
  }
}
