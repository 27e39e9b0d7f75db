import { randomUUID } from 'node:crypto';
import type { OutgoingHttpHeaders } from 'node:http';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { z } from 'zod';
import type { Caller, HttpResponse } from '#libs/kit';
import { asOperationError, errorHeaders } from '../../errors/error-table.js';
import type { CallOrigin } from '../../execution/call-context.js';
import { errorAnswer } from './error-answer.js';
import { EventStream } from './event-stream.js';
import { inLines } from './in-lines.js';
import { badParams } from './mcp-refusal.js';
import type { McpRequest, MessageId } from './messages.js';
import { sendJson } from './post-answer.js';
import { metaKeys } from './revisions.js';
import type { Scope } from './scope.js';
import { StreamPlaces } from './stream-places.js';
import { statusOf } from './status.js';
import { MAX_ADDRESS, MAX_ADDRESSES, MAX_WATCHED, WatchedResources } from './watched-resources.js';

const listenParams = z.object({
  notifications: z.object({
    toolsListChanged: z.boolean().optional(),
    resourcesListChanged: z.boolean().optional(),
    promptsListChanged: z.boolean().optional(),
    resourceSubscriptions: z
      .array(z.string().max(MAX_ADDRESS))
      .max(MAX_WATCHED)
      .refine((uris) => uris.join('').length <= MAX_ADDRESSES)
      .optional(),
  }),
});
type Wanted = z.output<typeof listenParams>['notifications'];

interface Listener {
  readonly id: MessageId;
  readonly scope: Scope;
  /** As it was when it began to listen. */
  readonly caller: Caller;
  readonly wanted: Wanted;
  readonly stream: EventStream;
}

/** Clients of 2026-07-28 that wait for changes, each on a stream of its own. */
@Injectable()
export class Listeners implements OnApplicationShutdown {
  private readonly open = new Set<Listener>();

  constructor(
    private readonly places: StreamPlaces,
    private readonly watching: WatchedResources,
  ) {}

  listen(
    message: McpRequest,
    origin: CallOrigin,
    scope: Scope,
    response: HttpResponse,
    headers: OutgoingHttpHeaders,
  ): void {
    const { caller, requestId } = origin;
    let listener: Listener;
    let watched: ReturnType<WatchedResources['find']>[];
    try {
      const wanted = readWanted(message);
      this.watching.areOffered(scope, caller);
      watched = (wanted.resourceSubscriptions ?? []).map((uri) => this.watching.find(uri, scope, caller));
      listener = { id: message.id, scope, caller, wanted, stream: new EventStream() };
      this.places.take(caller, response, () => {
        this.finish(listener);
      });
    } catch (thrown) {
      const error = asOperationError(thrown);
      const json = errorAnswer(message.id, error, requestId);
      sendJson(response, statusOf(error), json, Object.assign(headers, errorHeaders(error)));
      return;
    }
    const { wanted } = listener;
    if (response.destroyed) return;
    listener.stream.connect(response, headers);
    listener.stream.send(this.stamped(listener, 'notifications/subscriptions/acknowledged', { notifications: wanted }));
    if (Object.keys(wanted).length === 0) {
      this.finish(listener);
      return;
    }
    this.open.add(listener);
    const owner = `listener ${randomUUID()}`;
    const begun = this.begin(watched, origin, owner, response);
    response.once('close', () => {
      this.open.delete(listener);
      void begun.then(() => this.watching.end(owner));
    });
  }

  /**
   * One after the other at each upstream: all at once would leave no room for calls there. One that hangs holds up no
   * other.
   */
  private async begin(
    watched: readonly ReturnType<WatchedResources['find']>[],
    origin: CallOrigin,
    owner: string,
    response: HttpResponse,
  ): Promise<void> {
    const known = watched.filter((each) => each !== undefined);
    await inLines(
      known,
      ({ upstream }) => upstream,
      async (each) => {
        if (!response.destroyed) await this.watching.begin(each, origin, owner).catch(() => undefined);
      },
    );
  }

  /** Tells the listeners that wanted to hear of it. */
  tell(change: 'tools' | 'resources' | 'prompts', concerns: (scope: Scope) => boolean): void {
    const member = `${change}ListChanged` as const;
    for (const listener of this.open) {
      if (listener.wanted[member] && concerns(listener.scope))
        listener.stream.send(this.stamped(listener, `notifications/${change}/list_changed`, {}));
    }
  }

  /**
   * Tells those that watch a resource that it has changed; `uriAt` says how it is called at their address, and `mayHear`
   * who may hear of it.
   */
  tellUpdated(uriAt: (scope: Scope) => string | undefined, mayHear: (caller: Caller) => boolean): void {
    for (const listener of this.open) {
      const uri = uriAt(listener.scope);
      if (uri === undefined || listener.wanted.resourceSubscriptions?.includes(uri) !== true) continue;
      if (!mayHear(listener.caller)) continue;
      listener.stream.send(this.stamped(listener, 'notifications/resources/updated', { uri }));
    }
  }

  /** Ends all that a caller has open, whose credential is over. */
  endOf(callerId: string): void {
    for (const listener of this.open) if (listener.caller.id === callerId) this.finish(listener);
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
