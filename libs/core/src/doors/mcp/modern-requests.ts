import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import { asOperationError } from '../../errors/error-table.js';
import { errorJson } from '../../errors/json-rpc-error.js';
import type { CallOrigin } from '../../execution/call-context.js';
import { EventStream } from './event-stream.js';
import { Listeners } from './listeners.js';
import { isLogLevel } from './log-level.js';
import { unknownMethod } from './mcp-refusal.js';
import { metaOf, type McpRequest, type Params } from './messages.js';
import { McpMethods } from './methods.js';
import { acceptedBy, PostAnswer } from './post-answer.js';
import { metaKeys, servedRevisions } from './revisions.js';
import { ServerIdentity } from './server-identity.js';
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

/** Requests of 2026-07-28: each stands alone, and its client's leaving cancels it. */
@Injectable()
export class ModernRequests {
  constructor(
    private readonly methods: McpMethods,
    private readonly listeners: Listeners,
    private readonly identity: ServerIdentity,
  ) {}

  async answer(
    message: McpRequest,
    origin: CallOrigin,
    request: IncomingMessage,
    response: ServerResponse,
    headers: OutgoingHttpHeaders,
  ): Promise<void> {
    const accepted = acceptedBy(request);
    if (message.method === 'subscriptions/listen') {
      this.listeners.listen(message, origin, response, headers);
      return;
    }
    const stream = new EventStream();
    const answer = new PostAnswer(response, { accepted, headers, stream, count: 1, batch: false, resumable: false });
    try {
      answer.add(
        `{"jsonrpc":"2.0","id":${JSON.stringify(message.id)},"result":${await this.result(message, origin, answer)}}`,
      );
    } catch (thrown) {
      const error = asOperationError(thrown);
      answer.add(errorJson(message.id, error, origin.requestId), statusOf(error));
    }
  }

  private async result({ method, params }: McpRequest, origin: CallOrigin, answer: PostAnswer): Promise<string> {
    if (method === 'server/discover') return complete(method, JSON.stringify(this.discovered()));
    const run = this.methods.table.get(method);
    if (!run) throw unknownMethod(method, 404);
    const meta = metaOf(params);
    const level = meta[metaKeys.logLevel];
    const json = await run(params, {
      origin,
      session: undefined,
      clientCapabilities: meta[metaKeys.clientCapabilities] as Params,
      logLevel: isLogLevel(level) ? level : undefined,
      notify: (notification, told) =>
        answer.tell(JSON.stringify({ jsonrpc: '2.0', method: notification, params: told })),
    });
    return complete(method, json);
  }

  private discovered() {
    return {
      supportedVersions: servedRevisions,
      capabilities: this.identity.capabilities,
      instructions: this.identity.instructions,
      _meta: { [metaKeys.serverInfo]: this.identity.info },
    };
  }
}

/** Adds what the revision wants of every result. */
function complete(method: string, json: string): string {
  const ttlMs = cacheable.get(method);
  const cache = ttlMs === undefined ? '' : `"ttlMs":${ttlMs},"cacheScope":"private",`;
  return `{"resultType":"complete",${cache}${json.slice(1)}`;
}
