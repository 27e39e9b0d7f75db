import { OperationError } from '#libs/kit';
import type { Params } from './connection.js';
import { envelope } from './handshake.js';
import type { Message } from './peer.js';

const MAX_RESOURCES = 1_000;
const SUBSCRIPTION_ID = 'io.modelcontextprotocol/subscriptionId';
const listed = ['tools', 'prompts', 'resources'] as const;

/** What a server of 2026-07-28 is asked to tell: changes of its lists, and of the resources that were subscribed to. */
export class Subscriptions {
  private readonly resources = new Set<string>();

  /**
   * Takes `resources/subscribe` and `resources/unsubscribe`, which the revision has no requests for; answers whether the
   * request was one of them. Throws `failed` where there are too many.
   */
  take(method: string, { uri }: Params): boolean {
    if (method === 'resources/unsubscribe') {
      this.resources.delete(String(uri));
      return true;
    }
    if (method !== 'resources/subscribe') return false;
    if (this.resources.size >= MAX_RESOURCES) {
      throw new OperationError('failed', `At most ${MAX_RESOURCES} resources of an upstream can be subscribed to`);
    }
    this.resources.add(String(uri));
    return true;
  }

  /** The filter for `subscriptions/listen`; undefined where the server would have nothing to tell. */
  wanted(capabilities: Params): Params | undefined {
    const lists = listed
      .filter((name) => (capabilities[name] as { listChanged?: unknown } | undefined)?.listChanged === true)
      .map((name) => [`${name}ListChanged`, true] as const);
    if (lists.length === 0 && this.resources.size === 0) return undefined;
    return {
      ...Object.fromEntries(lists),
      ...(this.resources.size > 0 && { resourceSubscriptions: [...this.resources] }),
    };
  }

  /** A message of the stream, as it would come in a session; undefined for what belongs to the stream itself. */
  told(message: Message): Message | undefined {
    if (message.method === undefined || message.method === 'notifications/subscriptions/acknowledged') return undefined;
    const { _meta, ...params } = message.params ?? {};
    const meta = Object.entries((_meta as Params | undefined) ?? {}).filter(([name]) => name !== SUBSCRIPTION_ID);
    return { ...message, params: meta.length > 0 ? { ...params, _meta: Object.fromEntries(meta) } : params };
  }
}

export function listenRequest(notifications: Params): object {
  const params = { notifications, _meta: envelope({}) };
  return { jsonrpc: '2.0', id: 'listen', method: 'subscriptions/listen', params };
}
