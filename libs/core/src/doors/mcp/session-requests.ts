import { Injectable } from '@nestjs/common';
import type { Caller, HttpRequest } from '#libs/kit';
import { asOperationError } from '../../errors/error-table.js';
import { invalidRequest, tooLarge } from '../../errors/protocol-error.js';
import { inTurns, MAX_BATCH } from '../../execution/batch.js';
import { AddressLimits } from '../../throttling/address-limits.js';
import { errorAnswer } from './error-answer.js';
import { EventStream } from './event-stream.js';
import type { Asked } from './exchange.js';
import { followStream } from './followed-stream.js';
import type { Inbound } from './inbound.js';
import { badParams, badRequest, notAcceptable, sessionNotFound, unknownMethod } from './mcp-refusal.js';
import { isObject, type McpMessage, type McpNotification, type McpRequest } from './messages.js';
import { McpMethods } from './methods.js';
import { knowsIcons } from './icons.js';
import { acceptedBy, sendJson, type PostAnswer } from './post-answer.js';
import { PostAnswers } from './post-answers.js';
import { ASSUMED_REVISION, isSessionRevision, sessionRevisions } from './revisions.js';
import { ProtectedResource } from './protected-resource.js';
import { ServerIdentity } from './server-identity.js';
import { SessionCall } from './session-call.js';
import { SessionMethods } from './session-methods.js';
import { SessionRelay } from './session-relay.js';
import type { EventPlace } from './session-store.js';
import { SessionSubscriptions } from './session-subscriptions.js';
import type { Session } from './session.js';
import { sameAddress, scopeOf } from './scope.js';
import { Sessions } from './sessions.js';
import { placeOf } from './stream-log.js';
import { StreamPlaces } from './stream-places.js';

const SESSION_HEADER = 'mcp-session-id';
/** They are kept for as long as the session. */
const MAX_CAPABILITIES_BYTES = 16 * 1024;

/** The revisions with sessions: 2025-03-26 to 2025-11-25. */
@Injectable()
export class SessionRequests {
  constructor(
    private readonly sessions: Sessions,
    private readonly methods: McpMethods,
    private readonly identity: ServerIdentity,
    private readonly answers: PostAnswers,
    private readonly resource: ProtectedResource,
    private readonly places: StreamPlaces,
    private readonly own: SessionMethods,
    private readonly relay: SessionRelay,
    private readonly subscriptions: SessionSubscriptions,
    private readonly addresses: AddressLimits,
  ) {}

  /** A POST: one message, or a batch where the revision has those. */
  post({ messages, batch }: Extract<Inbound, { era: 'session' }>, asked: Asked): Promise<unknown> | undefined {
    const [first] = messages;
    if (!batch && first?.kind === 'request' && first.method === 'initialize') return this.initialize(first, asked);
    const session = this.sessionOf(asked.request, asked.origin.caller);
    if (!(session instanceof Promise)) return this.take(messages, batch, session, asked);
    return session.then((found) => this.take(messages, batch, found, asked));
  }

  /** A GET: the stream of what concerns no call, or one that is resumed. */
  async stream(asked: Asked): Promise<void> {
    const { origin, request, response, headers } = asked;
    if (!request.headers.accept?.includes('text/event-stream'))
      throw notAcceptable('Accept must allow text/event-stream');
    const session = await this.sessionOf(request, origin.caller);
    checkRevision(request);
    // whoever has left meanwhile closes no second time
    if (response.destroyed) return;
    const lastEvent = request.headers['last-event-id'];
    if (typeof lastEvent !== 'string' || lastEvent === '') {
      this.places.take(origin.caller, response, () => {
        session.standing.disconnect();
      });
      this.standsHere(session, asked, false);
      session.standing.connect(response, headers, { prime: session.primesStreams });
      return;
    }
    const from = placeOf(lastEvent);
    const own = from && session.stream(from.streamId);
    if (!from || !(own?.endsAt(from) === true || (await isAllKept(session, from, own)))) {
      throw badRequest('Last-Event-ID names no event of this session after which everything is kept');
    }
    if (response.destroyed) return;
    const stream = own ?? new EventStream(session.log, from.streamId);
    this.places.take(origin.caller, response, () => {
      stream.disconnect();
    });
    if (own === session.standing) this.standsHere(session, asked, true);
    if (own) await own.resume(response, headers, from);
    else await followStream(stream, session.log, from, response, headers);
  }

  private standsHere(session: Session, { origin, response }: Asked, isResumed: boolean): void {
    const wasKnown = session.standing.isAwaited;
    const wasElsewhere = this.relay.standsHere(session.id, response);
    this.subscriptions.readHere(session, origin, response, !wasKnown && (wasElsewhere || isResumed));
  }

  /** A DELETE: the client needs its session no longer. */
  async end({ origin, request, response, headers }: Asked): Promise<void> {
    await this.sessions.end(await this.sessionOf(request, origin.caller));
    response.writeHead(204, headers).end();
  }

  private async initialize({ id, params }: McpRequest, { origin, request, response, headers }: Asked): Promise<void> {
    const { protocolVersion, capabilities, clientInfo } = params;
    if (typeof protocolVersion !== 'string' || !isObject(capabilities) || !isObject(clientInfo)) {
      throw badParams('initialize needs protocolVersion, capabilities and clientInfo');
    }
    if (Buffer.byteLength(JSON.stringify(capabilities)) > MAX_CAPABILITIES_BYTES) {
      throw badParams(`capabilities: expected at most ${MAX_CAPABILITIES_BYTES / 1024} KiB of JSON`);
    }
    const revision = isSessionRevision(protocolVersion) ? protocolVersion : sessionRevisions[0];
    const scope = scopeOf(request);
    const identity = await this.identity.of(scope, origin.caller, knowsIcons(revision));
    const session = await this.sessions.open(origin.caller, revision, capabilities, scope);
    const result = { protocolVersion: revision, ...identity };
    headers[SESSION_HEADER] = session.id;
    sendJson(response, 200, JSON.stringify({ jsonrpc: '2.0', id, result }), headers);
  }

  private sessionOf(request: HttpRequest, caller: Caller): Session | Promise<Session> {
    const id = request.headers[SESSION_HEADER];
    if (id === undefined) throw badRequest('The header Mcp-Session-Id is missing; send initialize first');
    if (typeof id !== 'string') throw sessionNotFound();
    const session = this.sessions.get(id, caller);
    return session instanceof Promise
      ? session.then((found) => ofAddress(found, request))
      : ofAddress(session, request);
  }

  private take(messages: McpMessage[], batch: boolean, session: Session, asked: Asked): Promise<unknown> | undefined {
    checkRevision(asked.request);
    if (batch && session.revision !== '2025-03-26') throw badRequest(`Revision ${session.revision} has no batches`);
    if (messages.length > MAX_BATCH) throw tooLarge(`a batch holds at most ${MAX_BATCH} messages`);
    this.addresses.countMore(asked.request, messages.length - 1);
    for (const message of messages) this.note(message, session);
    const requests = messages.filter((message) => message.kind === 'request');
    if (requests.length > 0) return this.answer(requests, session, batch, asked);
    asked.response.writeHead(202, asked.headers).end();
    return undefined;
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

  private answer(requests: readonly McpRequest[], session: Session, batch: boolean, asked: Asked): Promise<unknown> {
    const { response, headers, origin } = asked;
    const accepted = acceptedBy(asked.request);
    const { caller } = origin;
    const count = requests.length;
    const answer = this.answers.begin({ response, headers, accepted, caller, streams: session, count, batch });
    const [only] = requests;
    if (only && count === 1) return this.answerOne(only, session, answer, asked);
    return inTurns(requests, (message, ended) => this.answerOne(message, session, answer, asked, ended));
  }

  private async answerOne(
    message: McpRequest,
    session: Session,
    answer: PostAnswer,
    asked: Asked,
    onEnd?: () => void,
  ): Promise<void> {
    const { id } = message;
    const call = new SessionCall(session, answer, this.relay);
    try {
      const running = this.run(message, session, call, asked, onEnd);
      const result = running instanceof Promise ? await running : running;
      answer.add(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`);
    } catch (thrown) {
      const { origin, request } = asked;
      const error = asOperationError(thrown);
      const refusal = this.resource.refusal(error, origin.caller, request, 200);
      answer.add(errorAnswer(id, error, origin.requestId), refusal.status, refusal.headers);
    } finally {
      if (session.calls.get(id) === call) session.calls.delete(id);
      call.unfollow();
    }
  }

  private run(
    { method, params, id }: McpRequest,
    session: Session,
    call: SessionCall,
    { origin, response }: Asked,
    onEnd: (() => void) | undefined,
  ): string | Promise<string> {
    const own = this.own.table.get(method);
    if (own) return own(params, session, origin);
    const run = this.methods.find(method, session.scope);
    if (!run) throw unknownMethod(method, 200);
    if (session.calls.has(id)) {
      throw invalidRequest(`The id ${JSON.stringify(id)} belongs to a request that still runs; give each its own`);
    }
    call.follow(response);
    session.calls.set(id, call);
    const { scope, logLevel } = session;
    const icons = knowsIcons(session.revision);
    const from = { ...origin, client: call };
    return run(params, { origin: from, era: 'session', scope, icons, logLevel, client: call, onEnd });
  }
}

/** Whether all that came after a place can be sent again. */
async function isAllKept(session: Session, from: EventPlace, own: EventStream | undefined): Promise<boolean> {
  const kept = await session.log.after(from);
  return kept !== undefined && (own?.isWhole(kept, from) ?? true);
}

/** What was opened at one address is not there at another. */
function ofAddress(session: Session, request: HttpRequest): Session {
  if (sameAddress(session.scope, scopeOf(request))) return session;
  throw sessionNotFound();
}

/** A client may leave the header out; a revision that is not served is refused. */
function checkRevision({ headers }: HttpRequest): void {
  const revision = headers['mcp-protocol-version'] ?? ASSUMED_REVISION;
  if (typeof revision === 'string' && isSessionRevision(revision)) return;
  throw badRequest(`MCP-Protocol-Version must be one of ${sessionRevisions.join(', ')}`);
}
