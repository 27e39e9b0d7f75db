import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { z } from 'zod';
import { asOperationError, errorHeaders } from '../../errors/error-table.js';
import { errorJson } from '../../errors/json-rpc-error.js';
import type { CallOrigin } from '../../execution/call-context.js';
import { EventStream } from './event-stream.js';
import { badParams } from './mcp-refusal.js';
import type { McpRequest, MessageId } from './messages.js';
import { sendJson } from './post-answer.js';
import { metaKeys } from './revisions.js';
import { StreamPlaces } from './stream-places.js';

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

  constructor(private readonly places: StreamPlaces) {}

  listen(
    message: McpRequest,
    { caller, requestId }: CallOrigin,
    response: ServerResponse,
    headers: OutgoingHttpHeaders,
  ): void {
    let wanted: Wanted;
    try {
      wanted = readWanted(message);
      this.places.take(caller, response);
    } catch (thrown) {
      const error = asOperationError(thrown);
      sendJson(response, 200, errorJson(message.id, error, requestId), Object.assign(headers, errorHeaders(error)));
      return;
    }
    const listener = { id: message.id, callerId: caller.id, wanted, stream: new EventStream() };
    if (response.destroyed) return;
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

  /** Ends all that a caller has open, whose credential is over. */
  endOf(callerId: string): void {
    for (const listener of this.open) if (listener.callerId === callerId) this.finish(listener);
  }

  endAll(): void {
    for (const listener of this.open) this.finish(listener);
  }

  onApplicationShutdown(): void {
    this.endAll();
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
function readWanted({ params }: McpRequest): Wanted {
  const parsed = listenParams.safeParse(params);
  if (!parsed.success) throw badParams('notifications: expected what to listen for');
  return Object.fromEntries(Object.entries(parsed.data.notifications).filter(([, value]) => value !== false));
}
