import type { OutgoingHttpHeaders } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { HttpRequest, HttpResponse } from '#libs/kit';
import { asOperationError } from '../../errors/error-table.js';
import type { CallOrigin } from '../../execution/call-context.js';
import { CallLimits } from '../../throttling/call-limits.js';
import { errorAnswer } from './error-answer.js';
import { ApprovalRounds, type ApprovalRound } from './approval-rounds.js';
import { AskingCall } from './asking-call.js';
import { EventStream } from './event-stream.js';
import type { Method } from './exchange.js';
import { Listeners } from './listeners.js';
import { isLogLevel } from './log-level.js';
import { unknownMethod } from './mcp-refusal.js';
import { isObject, metaOf, type McpRequest, type Params } from './messages.js';
import { McpMethods } from './methods.js';
import { ParkedCalls } from './parked-calls.js';
import { acceptedBy, PostAnswer } from './post-answer.js';
import { ProtectedResource } from './protected-resource.js';
import { metaKeys, servedRevisions } from './revisions.js';
import { Rounds } from './rounds.js';
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

/** Requests of 2026-07-28: each stands alone, and its client's leaving cancels it. */
@Injectable()
export class ModernRequests {
  constructor(
    private readonly methods: McpMethods,
    private readonly listeners: Listeners,
    private readonly identity: ServerIdentity,
    private readonly limits: CallLimits,
    private readonly resource: ProtectedResource,
    private readonly parked: ParkedCalls,
    private readonly rounds: Rounds,
    private readonly approvals: ApprovalRounds,
  ) {}

  /** Ends the calls that wait for this caller's answers. */
  endOf(callerId: string): void {
    this.parked.endOf(callerId);
  }

  async answer(
    message: McpRequest,
    origin: CallOrigin,
    request: HttpRequest,
    response: HttpResponse,
    headers: OutgoingHttpHeaders,
  ): Promise<void> {
    const accepted = acceptedBy(request);
    if (message.method === 'subscriptions/listen') {
      this.listeners.listen(message, origin, scopeOf(request), response, headers);
      return;
    }
    const answer = new PostAnswer(response, {
      accepted,
      headers,
      limits: () => this.limits.headersFor(origin.caller),
      newStream: () => new EventStream(),
      count: 1,
      batch: false,
      primed: false,
    });
    try {
      answer.add(
        `{"jsonrpc":"2.0","id":${JSON.stringify(message.id)},"result":${await this.result(message, origin, response, answer, scopeOf(request))}}`,
      );
    } catch (thrown) {
      const error = asOperationError(thrown);
      const { status, headers } = this.resource.refusal(error, origin.caller, request, statusOf(error));
      answer.add(errorAnswer(message.id, error, origin.requestId), status, headers);
    }
  }

  private async result(
    { method, params }: McpRequest,
    origin: CallOrigin,
    response: HttpResponse,
    answer: PostAnswer,
    scope: Scope,
  ): Promise<string> {
    if (method === 'server/discover') return complete(method, JSON.stringify(await this.discovered(scope, origin)));
    const run = this.methods.find(method, scope);
    if (!run) throw unknownMethod(method, 404);
    if (asking.has(method)) return this.inRounds({ method, params }, run, origin, scope, response, answer);
    const exchange = {
      origin,
      era: 'modern' as const,
      scope,
      icons: true,
      logLevel: undefined,
      notify: () => undefined,
    };
    return complete(method, await run(params, exchange));
  }

  /** One round of a request: from its beginning, or from where its client was asked. */
  private async inRounds(
    { method, params }: Pick<McpRequest, 'method' | 'params'>,
    run: Method,
    origin: CallOrigin,
    scope: Scope,
    response: HttpResponse,
    answer: PostAnswer,
  ): Promise<string> {
    const what = [method, ...('name' in scope ? [scope.kind, scope.name] : []), params[asking.get(method) ?? '']];
    const binding = { callerId: origin.caller.id, tool: what.join('/'), input: params.arguments };
    const tell = (json: string) => void answer.tell(json);
    const { requestState } = params;
    const isFirst = requestState === undefined;
    const waiting = isFirst ? this.approvals.begin() : this.approvals.after(requestState, binding);
    try {
      const round = waiting
        ? await this.rounds.play(this.start(params, run, origin, scope, response, waiting), binding, response, tell)
        : await this.rounds.goOn(params, binding, response, tell);
      return 'json' in round ? complete(method, round.json) : inputRequired(round.requestState, round.questions);
    } catch (thrown) {
      const state = waiting && this.approvals.stateOf(asOperationError(thrown), waiting, binding);
      if (state === undefined) throw thrown;
      return inputRequired(state);
    }
  }

  private start(
    params: Params,
    run: Method,
    origin: CallOrigin,
    scope: Scope,
    response: HttpResponse,
    round: ApprovalRound,
  ): AskingCall {
    const meta = metaOf(params);
    const level = meta[metaKeys.logLevel];
    const clientCapabilities = meta[metaKeys.clientCapabilities] as Params;
    const { inputResponses } = params;
    const call = new AskingCall(origin.caller.id, clientCapabilities, isObject(inputResponses) ? inputResponses : {});
    const exchange = {
      origin: {
        // what is new stands first: after the copied members each would cost a microsecond
        clientCapabilities,
        ask: call.ask,
        approvalWaitMs: this.approvals.holdMs(round),
        ...origin,
        isAbandoned: () => call.isCancelled,
        onAbandoned: (listener: () => void) => call.onCancel(listener),
      },
      era: 'modern' as const,
      waitsInRounds: !this.approvals.isLast(round),
      icons: true,
      scope,
      headers: response.req.headers,
      logLevel: isLogLevel(level) ? level : undefined,
      notify: (method: string, told: Params) => {
        call.tell(JSON.stringify({ jsonrpc: '2.0', method, params: told }));
      },
    };
    call.start((async () => run(withTicket(params, round), exchange))());
    return call;
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
