import { Injectable } from '@nestjs/common';
import { asOperationError } from '../../errors/error-table.js';
import type { CallOrigin } from '../../execution/call-context.js';
import { errorAnswer } from './error-answer.js';
import { ApprovalRounds, type ApprovalRound } from './approval-rounds.js';
import { AskingCall } from './asking-call.js';
import { EventStream } from './event-stream.js';
import type { Asked, Exchange, Method } from './exchange.js';
import { Listeners } from './listeners.js';
import { isLogLevel } from './log-level.js';
import { unknownMethod } from './mcp-refusal.js';
import { isObject, metaOf, type McpRequest, type Params } from './messages.js';
import { McpMethods } from './methods.js';
import { ParkedCalls } from './parked-calls.js';
import { acceptedBy, type PostAnswer, type StreamSource } from './post-answer.js';
import { PostAnswers } from './post-answers.js';
import { ProtectedResource } from './protected-resource.js';
import { metaKeys, servedRevisions } from './revisions.js';
import { Rounds, type Round } from './rounds.js';
import { ServerIdentity } from './server-identity.js';
import { scopeOf, type Scope } from './scope.js';
import { statusOf } from './status.js';

/** How long a client may keep a list; it is told of changes where it listens. */
const LIST_TTL_MS = 60_000;

/** Results that a client may keep for a while. What is listed depends on the caller, so no cache may share it. */
const cacheable = new Map([
  ['server/discover', LIST_TTL_MS],
  ['tools/list', LIST_TTL_MS],
  ['prompts/list', LIST_TTL_MS],
  ['resources/list', LIST_TTL_MS],
  ['resources/templates/list', LIST_TTL_MS],
  ['resources/read', 0],
]);

/** In the middle of these a client may be asked; what names the one that is meant. */
const asking = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
]);

/** A client that loses a stream does not come back to it. */
const unkept: StreamSource = {
  newStream: () => new EventStream(),
  dropStream: () => undefined,
  primesStreams: false,
};

/** Requests of 2026-07-28: each stands alone, and its client's leaving cancels it. */
@Injectable()
export class ModernRequests {
  constructor(
    private readonly methods: McpMethods,
    private readonly listeners: Listeners,
    private readonly identity: ServerIdentity,
    private readonly answers: PostAnswers,
    private readonly resource: ProtectedResource,
    private readonly parked: ParkedCalls,
    private readonly rounds: Rounds,
    private readonly approvals: ApprovalRounds,
  ) {}

  /** Ends the calls that wait for this caller's answers. */
  endOf(callerId: string): void {
    this.parked.endOf(callerId);
  }

  /** Undefined where it is answered at once, or its stream is open. */
  answer(message: McpRequest, asked: Asked): Promise<void> | undefined {
    const { origin, request, response, headers } = asked;
    const { caller } = origin;
    const accepted = acceptedBy(request);
    const scope = scopeOf(request);
    if (message.method === 'subscriptions/listen') {
      this.listeners.listen(message, origin, scope, response, headers);
      return undefined;
    }
    const streams = unkept;
    const answer = this.answers.begin({ response, headers, accepted, caller, streams, count: 1, batch: false });
    try {
      return this.respond(message, scope, asked, answer);
    } catch (thrown) {
      this.refuse(thrown, message, asked, answer);
      return undefined;
    }
  }

  private respond(message: McpRequest, scope: Scope, asked: Asked, answer: PostAnswer): Promise<void> {
    const result = asking.has(message.method)
      ? this.inRounds(message, scope, asked, answer)
      : this.result(message, scope, asked.origin);
    // one step after it, and not two
    const refuse = (thrown: unknown) => this.refuse(thrown, message, asked, answer);
    return result.then((json) => {
      try {
        answer.add(`{"jsonrpc":"2.0","id":${JSON.stringify(message.id)},"result":${json}}`);
      } catch (thrown) {
        refuse(thrown);
      }
    }, refuse);
  }

  private refuse(thrown: unknown, { id }: McpRequest, { origin, request }: Asked, answer: PostAnswer): void {
    const error = asOperationError(thrown);
    const refusal = this.resource.refusal(error, origin.caller, request, statusOf(error));
    answer.add(errorAnswer(id, error, origin.requestId), refusal.status, refusal.headers);
  }

  private async result({ method, params }: McpRequest, scope: Scope, origin: CallOrigin): Promise<string> {
    if (method === 'server/discover') return complete(method, JSON.stringify(await this.discovered(scope, origin)));
    const run = this.methodOf(method, scope);
    return complete(method, await run(params, { origin, era: 'modern', scope, icons: true, logLevel: undefined }));
  }

  /** One round of a request: from its beginning, or from where its client was asked. */
  private inRounds({ method, params }: McpRequest, scope: Scope, asked: Asked, answer: PostAnswer): Promise<string> {
    const { origin, response } = asked;
    const run = this.methodOf(method, scope);
    const address = 'name' in scope ? `${method}/${scope.kind}/${scope.name}` : method;
    const named = params[asking.get(method) ?? ''];
    const tool = `${address}/${typeof named === 'string' ? named : ''}`;
    const binding = { callerId: origin.caller.id, tool, input: params.arguments };
    const tell = (json: string) => void answer.tell(json);
    const { requestState } = params;
    const isFirst = requestState === undefined;
    const waiting = isFirst ? this.approvals.begin() : this.approvals.after(requestState, binding);
    if (!waiting) return this.rounds.goOn(params, binding, response, tell).then((round) => roundJson(method, round));
    const call = this.start(params, run, scope, asked, waiting);
    return call.turn(tell, response).then(
      (turn) => roundJson(method, this.rounds.ended(turn, call, binding)),
      (thrown: unknown) => {
        const state = this.approvals.stateOf(asOperationError(thrown), waiting, binding);
        if (state === undefined) throw thrown;
        return inputRequired(state);
      },
    );
  }

  private start(
    params: Params,
    run: Method,
    scope: Scope,
    { origin, request }: Asked,
    round: ApprovalRound,
  ): AskingCall {
    const meta = metaOf(params);
    const level = meta[metaKeys.logLevel];
    const capabilities = meta[metaKeys.clientCapabilities] as Params;
    const { inputResponses } = params;
    const given = isObject(inputResponses) ? inputResponses : {};
    const call = new AskingCall(origin.caller.id, capabilities, given, this.approvals.holdMs(round));
    const exchange: Exchange = {
      origin: { ...origin, client: call },
      era: 'modern',
      waitsInRounds: !this.approvals.isLast(round),
      icons: true,
      scope,
      headers: request.headers,
      logLevel: isLogLevel(level) ? level : undefined,
      client: call,
    };
    call.start(run(withTicket(params, round), exchange));
    return call;
  }

  private methodOf(method: string, scope: Scope): Method {
    const run = this.methods.find(method, scope);
    if (run) return run;
    throw unknownMethod(method, 404);
  }

  private async discovered(scope: Scope, { caller }: CallOrigin) {
    const { capabilities, instructions, serverInfo } = await this.identity.of(scope, caller, true);
    return {
      supportedVersions: servedRevisions,
      capabilities,
      ...(instructions !== undefined && { instructions }),
      _meta: { [metaKeys.serverInfo]: serverInfo },
    };
  }
}

function roundJson(method: string, round: Round): string {
  return 'json' in round ? complete(method, round.json) : inputRequired(round.requestState, round.questions);
}

/** The client comes back with the state, and with answers where it is asked something. */
function inputRequired(requestState: string, inputRequests?: object): string {
  return JSON.stringify({ resultType: 'input_required', ...(inputRequests && { inputRequests }), requestState });
}

/** The ticket goes where a client would put it itself. */
function withTicket(params: Params, { ticket }: ApprovalRound): Params {
  if (ticket === undefined) return params;
  return { ...params, arguments: { ...(isObject(params.arguments) && params.arguments), ticket } };
}

/** Adds what the revision wants of every result. */
function complete(method: string, json: string): string {
  const ttlMs = cacheable.get(method);
  const cache = ttlMs === undefined ? '' : `"ttlMs":${ttlMs},"cacheScope":"private",`;
  return `{"resultType":"complete",${cache}${json.slice(1)}`;
}
