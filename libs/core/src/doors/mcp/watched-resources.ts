import { Injectable } from '@nestjs/common';
import type { Caller } from '#libs/kit';
import { Toolsets } from '../../catalog/toolsets.js';
import type { CallOrigin } from '../../execution/call-context.js';
import { ownAddress } from '../../upstreams/upstream-addresses.js';
import type { Upstream } from '../../upstreams/upstream.js';
import { unknownResource } from './mcp-refusal.js';
import type { Scope } from './scope.js';
import { toolsetAt } from './toolset-address.js';
import { UpstreamAccess } from './upstream-access.js';
import { UpstreamOffers } from './upstream-offers.js';

/** Bounds of what one session or listener watches: how many, how long an address is, and all of them together. */
export const MAX_WATCHED = 1_000;
export const MAX_ADDRESS = 2_000;
export const MAX_ADDRESSES = 128 * 1024;

/** An upstream's resource, by its own address. */
interface Watched {
  readonly upstream: Upstream;
  readonly own: string;
}

/** Resources of upstreams that clients want to hear about: the upstream has to know, or it tells nobody. */
@Injectable()
export class WatchedResources {
  constructor(
    private readonly access: UpstreamAccess,
    private readonly offers: UpstreamOffers,
    private readonly toolsets: Toolsets,
  ) {}

  /** Whether there are resources at an address for this caller. Throws 404 where the address is not there for it. */
  areOffered(scope: Scope, caller: Caller): boolean {
    if (scope.kind === 'toolset') toolsetAt(this.toolsets, scope.name);
    if (scope.kind !== 'server') return true;
    const upstream = this.access.get(scope.name, caller);
    return this.access.mayRead(caller, upstream.name) && 'resources' in upstream.offerTo(caller.id).capabilities;
  }

  /**
   * What a client wants to hear about. Throws for what the caller may not read. Undefined for what is no upstream's: the
   * gateway's own resources change without a word, and are taken as they are.
   */
  find(uri: string, scope: Scope, caller: Caller): Watched | undefined {
    if (scope.kind === 'server') {
      if (!this.areOffered(scope, caller)) throw unknownResource(uri);
      return { upstream: this.access.get(scope.name, caller), own: uri };
    }
    const found = this.offers.findResource(uri, caller);
    if (!found && ownAddress(uri)) throw unknownResource(uri);
    return found;
  }

  /** The upstream is told to tell until `owner` is over; false where it tells nobody. */
  async begin({ upstream, own }: Watched, origin: CallOrigin, owner: string): Promise<boolean> {
    if (!canSubscribe(upstream.offerTo(origin.caller.id).capabilities)) return false;
    await this.access.request(upstream, 'resources/subscribe', { uri: own }, origin, owner);
    return true;
  }

  end(owner: string): void {
    this.access.release(owner);
  }

  /** As `end`, of what `owner` listens to alone: it goes on calling here. */
  leave(owner: string): void {
    this.access.stopListening(owner);
  }

  /** Ends one of the resources of `owner`. What can't be told to its upstream ends with the owner. */
  async endOne(uri: string, scope: Scope, origin: CallOrigin, owner: string): Promise<void> {
    try {
      const watched = this.find(uri, scope, origin.caller);
      if (!watched || !canSubscribe(watched.upstream.offerTo(origin.caller.id).capabilities)) return;
      await this.access.request(watched.upstream, 'resources/unsubscribe', { uri: watched.own }, origin, owner);
    } catch {
      // it may be away, or not be there for this caller any more
    }
  }
}

/** What a session is told. */
export function resourceUpdated(uri: string): string {
  return JSON.stringify({ jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri } });
}

function canSubscribe({ resources }: Readonly<Record<string, unknown>>): boolean {
  return typeof resources === 'object' && resources !== null && 'subscribe' in resources;
}
