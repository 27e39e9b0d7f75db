import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Caller } from '#libs/kit';
import { Toolsets } from '../../catalog/toolsets.js';
import { addressIn } from '../../upstreams/upstream-addresses.js';
import { RuntimeConfig } from '../../config/runtime-config.js';
import { Upstreams, type UpstreamChange } from '../../upstreams/upstream.js';
import { Listeners } from './listeners.js';
import type { Scope } from './scope.js';
import { Sessions } from './sessions.js';
import { UpstreamAccess } from './upstream-access.js';
import { resourceUpdated } from './watched-resources.js';

/** Tells clients what has changed at their addresses, and upstreams which clients have gone. */
@Injectable()
export class Changes implements OnApplicationBootstrap {
  constructor(
    private readonly upstreams: Upstreams,
    private readonly access: UpstreamAccess,
    private readonly toolsets: Toolsets,
    private readonly sessions: Sessions,
    private readonly listeners: Listeners,
    private readonly config: RuntimeConfig,
  ) {}

  onApplicationBootstrap(): void {
    // later than the catalog, which follows the same changes
    this.upstreams.onChange((change) => setImmediate(() => this.upstreamChanged(change)));
    this.toolsets.onChange(() => this.listChanged('tools', ({ kind }) => kind === 'toolset'));
    this.config.onChange((keys) => {
      if (keys.has('policies')) this.everythingChanged();
    });
    this.sessions.onEnd(({ id }) => this.access.release(id));
  }

  private upstreamChanged(change: UpstreamChange): void {
    const { kind, upstream } = change;
    if (kind === 'state') return;
    if (kind === 'updated') this.updated(upstream, change.uri, change.callerId);
    else this.listChanged(kind, (scope) => scope.kind !== 'server' || scope.name === upstream);
  }

  /** What each caller sees may be another thing now. */
  private everythingChanged(): void {
    for (const list of ['tools', 'resources', 'prompts'] as const) this.listChanged(list, () => true);
  }

  private listChanged(list: 'tools' | 'resources' | 'prompts', concerns: (scope: Scope) => boolean): void {
    this.listeners.tell(list, concerns);
    const json = JSON.stringify({ jsonrpc: '2.0', method: `notifications/${list}/list_changed` });
    for (const session of this.sessions.all()) if (concerns(session.scope)) session.announce(json);
  }

  private updated(upstream: string, own: string, callerId: string | undefined): void {
    const address = addressIn({ name: upstream }, own);
    const uriAt = (scope: Scope) => {
      if (scope.kind !== 'server') return address;
      return scope.name === upstream ? own : undefined;
    };
    const mayHear = (caller: Caller) =>
      (callerId === undefined || caller.id === callerId) &&
      // a subscription outlives the permission by which it began
      this.access.mayStillRead(caller, upstream);
    this.listeners.tellUpdated(uriAt, mayHear);
    for (const session of this.sessions.all()) {
      const uri = uriAt(session.scope);
      if (uri === undefined || !session.isSubscribedTo(uri) || !mayHear(session.caller)) continue;
      session.announce(resourceUpdated(uri));
    }
  }
}
