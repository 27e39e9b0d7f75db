import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { z } from 'zod';
import { OperationError } from '#libs/kit';
import { errorJson } from '../../errors/json-rpc-error.js';
import type { CallOrigin } from '../../execution/call-context.js';
import { EventStream } from './event-stream.js';
import { badParams } from './mcp-refusal.js';
import type { McpRequest, MessageId } from './messages.js';
import { sendJson } from './post-answer.js';
import { metaKeys } from './revisions.js';

const MAX_LISTENERS = 1_000;

const listenParams = z.object({
  notifications: z.object({
    toolsListChanged: z.boolean().optional(),
    resourcesListChanged: z.boolean().optional(),
    promptsListChanged: z.boolean().optional(),
    resourceSubscriptions: z.array(z.string().max(2_000)).max(1_000).optional(),
  }),
});
type Wanted = z.output<typeof listenParams>['notifications'];

interface Listener {
  readonly id: MessageId;
  readonly callerId: string;
  readonly wanted: Wanted;
  readonly stream: EventStream;
}

/** Clients of 2026-07-28 that wait for changes, each on a stream of its own. */
@Injectable()
export class Listeners implements OnApplicationShutdown {
  private readonly open = new Set<Listener>();

  listen(
    message: McpRequest,
    { caller, requestId }: CallOrigin,
    response: ServerResponse,
    headers: OutgoingHttpHeaders,
  ): void {
    const parsed = listenParams.safeParse(message.params);
    const refusal = parsed.success ? this.fullness() : badParams('notifications: expected what to listen for');
    if (!parsed.success || refusal) {
      sendJson(response, 200, errorJson(message.id, refusal ?? badParams(''), requestId), headers);
      return;
    }
    const wanted = honoured(parsed.data.notifications);
    const listener = { id: message.id, callerId: caller.id, wanted, stream: new EventStream() };
    listener.stream.connect(response, headers);
    listener.stream.send(this.stamped(listener, 'notifications/subscriptions/acknowledged', { notifications: wanted }));
    if (Object.keys(wanted).length === 0) {
      this.finish(listener);
      return;
    }
    this.open.add(listener);
    response.once('close', () => this.open.delete(listener));
  }

  /** Tells the listeners that wanted to hear of it. */
  tell(change: 'tools' | 'resources' | 'prompts'): void {
    const member = `${change}ListChanged` as const;
    for (const listener of this.open) {
      if (listener.wanted[member])
        listener.stream.send(this.stamped(listener, `notifications/${change}/list_changed`, {}));
    }
  }

  onApplicationShutdown(): void {
    for (const listener of this.open) this.finish(listener);
  }

  private fullness(): OperationError | undefined {
    if (this.open.size < MAX_LISTENERS) return undefined;
    return new OperationError('limited', 'Too many clients listen here already; try again later', {
      retryAfterMs: 10_000,
    });
  }

  /** The empty result tells the client that nothing more comes, and that nothing was lost. */
  private finish(listener: Listener): void {
    const result = { resultType: 'complete', _meta: { [metaKeys.subscriptionId]: listener.id } };
    listener.stream.send(JSON.stringify({ jsonrpc: '2.0', id: listener.id, result }));
    listener.stream.end();
    this.open.delete(listener);
  }

  private stamped({ id }: Listener, method: string, params: object): string {
    return JSON.stringify({ jsonrpc: '2.0', method, params: { ...params, _meta: { [metaKeys.subscriptionId]: id } } });
  }
}

/** What is asked for with `false` is not wanted. */
function honoured(wanted: Wanted): Wanted {
  return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== false));
}
