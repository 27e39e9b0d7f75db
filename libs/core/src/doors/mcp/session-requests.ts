import type { OutgoingHttpHeaders } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { Caller, HttpRequest, HttpResponse } from '#libs/kit';
import { asOperationError } from '../../errors/error-table.js';
import { invalidRequest, tooLarge } from '../../errors/protocol-error.js';
import { inTurns, MAX_BATCH } from '../../execution/batch.js';
import type { CallOrigin } from '../../execution/call-context.js';
import { CallLimits } from '../../throttling/call-limits.js';
import { errorAnswer } from './error-answer.js';
import { CancellableCall } from './cancellable-call.js';
import { EventStream } from './event-stream.js';
import { followStream } from './followed-stream.js';
import type { Inbound } from './inbound.js';
import { badParams, badRequest, notAcceptable, sessionNotFound, unknownMethod } from './mcp-refusal.js';
import { isObject, type McpMessage, type McpNotification, type McpRequest } from './messages.js';
import { McpMethods } from './methods.js';
import { knowsIcons } from './icons.js';
import { acceptedBy, PostAnswer, sendJson } from './post-answer.js';
import { ASSUMED_REVISION, isSessionRevision, sessionRevisions } from './revisions.js';
import { ProtectedResource } from './protected-resource.js';
import { ServerIdentity } from './server-identity.js';
import { SessionMethods } from './session-methods.js';
import { SessionRelay } from './session-relay.js';
import type { Session } from './session.js';
import { sameAddress, scopeOf } from './scope.js';
import { Sessions } from './sessions.js';
import { placeOf } from './stream-log.js';
import { StreamPlaces } from './stream-places.js';

const SESSION_HEADER = 'mcp-session-id';
/** From this revision on clients understand the empty event that opens a stream to be resumed. */
const PRIMED_SINCE = '2025-11-25';

/** What every request of a session is asked with. */
export interface Asked {
  origin: CallOrigin;
  request: HttpRequest;
  response: HttpResponse;
  headers: OutgoingHttpHeaders;
}

/** The revisions with sessions: 2025-03-26 to 2025-11-25. */
@Injectable()
export class SessionRequests {
  constructor(
    private readonly sessions: Sessions,
    private readonly methods: McpMethods,
    private readonly identity: ServerIdentity,
    private readonly limits: CallLimits,
    private readonly resource: ProtectedResource,
    private readonly places: StreamPlaces,
    private readonly own: SessionMethods,
    private readonly relay: SessionRelay,
  ) {}

  /** A POST: one message, or a batch where the revision has those. */
  async post({ messages, batch }: Extract<Inbound, { era: 'session' }>, asked: Asked): Promise<void> {
    const [first] = messages;
    if (!batch && first?.kind === 'request' && first.method === 'initialize') {
      await this.initialize(first, asked);
      return;
    }
    const session = await this.sessionOf(asked.request, asked.origin.caller);
    checkRevision(asked.request);
    if (batch && session.revision !== '2025-03-26') throw badRequest(`Revision ${session.revision} has no batches`);
    if (messages.length > MAX_BATCH) throw tooLarge(`a batch holds at most ${MAX_BATCH} messages`);
    for (const message of messages) this.note(message, session);
    const requests = messages.filter((message) => message.kind === 'request');
    if (requests.length === 0) {
      asked.response.writeHead(202, asked.headers).end();
      return;
    }
    await this.answer(requests, session, batch, asked);
  }

  /** A GET: the stream of what concerns no call, or one that is resumed. */
  async stream({ origin, request, response, headers }: Asked): Promise<void> {
    if (!request.headers.accept?.includes('text/event-stream'))
      throw notAcceptable('Accept must allow text/event-stream');
    const session = await this.sessionOf(request, origin.caller);
    checkRevision(request);
    const lastEvent = request.headers['last-event-id'];
    if (typeof lastEvent !== 'string' || lastEvent === '') {
      this.places.take(origin.caller, response, () => {
        session.standing.disconnect();
      });
      this.relay.standsHere(session.id, response);
      session.standing.connect(response, headers, { prime: session.revision >= PRIMED_SINCE });
      return;
    }
    const from = placeOf(lastEvent);
    const own = from && session.stream(from.streamId);
    if (!from || (!own && !(await session.log.after(from)))) {
      throw badRequest('Last-Event-ID names no event of this session');
    }
    const stream = own ?? new EventStream(session.log, from.streamId);
    this.places.take(origin.caller, response, () => {
      stream.disconnect();
    });
    if (own) await own.resume(response, headers, from);
    else await followStream(stream, session.log, from, response, headers);
  }

  /** A DELETE: the client needs its session no longer. */
  async end({ origin, request, response, headers }: Asked): Promise<void> {
    await this.sessions.end(await this.sessionOf(request, origin.caller));
    response.writeHead(204, headers).end();
  }

  private async initialize({ id, params }: McpRequest, { origin, request, response, headers }: Asked): Promise<void> {
    const { protocolVersion, capabilities, clientInfo } = params;
    if (typeof protocolVersion !== 'string' || !isObject(capabilities) || !isObject(clientInfo)) {
      const error = badParams('initialize needs protocolVersion, capabilities and clientInfo');
      sendJson(response, 200, errorAnswer(id, error, origin.requestId), headers);
      return;
    }
    const revision = isSessionRevision(protocolVersion) ? protocolVersion : sessionRevisions[0];
    const scope = scopeOf(request);
    const identity = await this.identity.of(scope, origin.caller, knowsIcons(revision));
    const session = await this.sessions.open(origin.caller, revision, capabilities, scope);
    const result = { protocolVersion: revision, ...identity };
    headers[SESSION_HEADER] = session.id;
    sendJson(response, 200, JSON.stringify({ jsonrpc: '2.0', id, result }), headers);
  }

  private async sessionOf(request: HttpRequest, caller: Caller): Promise<Session> {
    const id = request.headers[SESSION_HEADER];
    if (id === undefined) throw badRequest('The header Mcp-Session-Id is missing; send initialize first');
    if (typeof id !== 'string') throw sessionNotFound();
    const session = await this.sessions.get(id, caller);
    // what was opened at one address is not there at another
    if (!sameAddress(session.scope, scopeOf(request))) throw sessionNotFound();
    return session;
  }

  /** What needs no answer: notifications, and answers to what we asked. */
  private note(message: McpMessage, session: Session): void {
    if (message.kind === 'response') {
      if (!session.answered(message)) this.relay.answered(session.id, message);
    } else if (message.kind === 'notification') this.notified(message, session);
  }

  private notified({ method, params }: McpNotification, session: Session): void {
    if (method !== 'notifications/cancelled') return;
    const { requestId } = params;
    if (typeof requestId !== 'string' && typeof requestId !== 'number') return;
    const call = session.calls.get(requestId);
    if (call) call.cancel();
    else this.relay.cancelled(session.id, requestId);
  }

  private async answer(requests: readonly McpRequest[], session: Session, batch: boolean, asked: Asked): Promise<void> {
    const { response, headers, origin } = asked;
    const accepted = acceptedBy(asked.request);
    const answer = new PostAnswer(response, {
      accepted,
      headers,
      limits: () => this.limits.headersFor(origin.caller),
      newStream: () => session.newStream(),
      count: requests.length,
      batch,
      primed: session.revision >= PRIMED_SINCE,
    });
    await inTurns(requests, async (message) => {
      try {
        answer.add(
          `{"jsonrpc":"2.0","id":${JSON.stringify(message.id)},"result":${await this.run(message, session, answer, asked)}}`,
        );
      } catch (thrown) {
        const error = asOperationError(thrown);
        const refusal = this.resource.refusal(error, origin.caller, asked.request, 200);
        answer.add(errorAnswer(message.id, error, origin.requestId), refusal.status, refusal.headers);
      }
    });
    if (answer.stream?.hasEnded === false) session.dropStream(answer.stream);
  }

  private async run(
    message: McpRequest,
    session: Session,
    answer: PostAnswer,
    { origin, response }: Asked,
  ): Promise<string> {
    const { method, params, id } = message;
    const own = this.own.table.get(method);
    if (own) return own(params, session, origin);
    const run = this.methods.find(method, session.scope);
    if (!run) throw unknownMethod(method, 200);

    if (session.calls.has(id)) {
      throw invalidRequest(`The id ${JSON.stringify(id)} belongs to a request that still runs; give each its own`);
    }
    const call = new CancellableCall();
    const stopFollowing = call.follow(response, () => answer.canBeResumed);
    session.calls.set(id, call);
    const send = (json: string) => answer.tell(json) || session.tell(json) || this.relay.tell(session.id, json);
    try {
      return await run(params, {
        origin: {
          // what is new stands first: after the copied members each would cost a microsecond
          session: session.id,
          clientCapabilities: session.clientCapabilities,
          ask: (asked, told, signal) => session.ask(asked, told, send, signal),
          ...origin,
          isAbandoned: () => call.isCancelled,
          onAbandoned: (listener) => call.onCancel(listener),
        },
        era: 'session',
        scope: session.scope,
        icons: knowsIcons(session.revision),
        logLevel: session.logLevel,
        notify: (notification, told) =>
          answer.tell(JSON.stringify({ jsonrpc: '2.0', method: notification, params: told })),
      });
    } finally {
      session.calls.delete(id);
      stopFollowing();
    }
  }
}

/** A client may leave the header out; a revision that is not served is refused. */
function checkRevision({ headers }: HttpRequest): void {
  const revision = headers['mcp-protocol-version'] ?? ASSUMED_REVISION;
  if (typeof revision === 'string' && isSessionRevision(revision)) return;
  throw badRequest(`MCP-Protocol-Version must be one of ${sessionRevisions.join(', ')}`);
}
