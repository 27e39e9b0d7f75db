import { Injectable } from '@nestjs/common';
import type { CallOrigin } from '../../execution/call-context.js';
import type { Scope } from './scope.js';
import { UpstreamAccess } from './upstream-access.js';
import { UpstreamOffers } from './upstream-offers.js';

/** Resources of upstreams that clients want to hear about: the upstream has to know, or it tells nobody. */
@Injectable()
export class WatchedResources {
  constructor(
    private readonly access: UpstreamAccess,
    private readonly offers: UpstreamOffers,
  ) {}

  /**
   * Resources of the gateway's own change without a word; those are taken as they are. The upstream is told to tell until
   * `owner` is over.
   */
  async begin(uri: string, scope: Scope, origin: CallOrigin, owner: string): Promise<void> {
    const { caller } = origin;
    const found =
      scope.kind === 'server'
        ? { upstream: this.access.get(scope.name, caller), own: uri }
        : this.offers.findResource(uri, caller);
    if (!found || !canSubscribe(found.upstream.offerTo(caller.id).capabilities)) return;
    await this.access.request(found.upstream, 'resources/subscribe', { uri: found.own }, origin, owner);
  }

  end(owner: string): void {
    this.access.release(owner);
  }
}

function canSubscribe({ resources }: Readonly<Record<string, unknown>>): boolean {
  return typeof resources === 'object' && resources !== null && 'subscribe' in resources;
}
