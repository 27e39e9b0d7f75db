import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Upstreams, type UpstreamChange } from '../../upstreams/upstream.js';
import { LiveEvents } from './live-events.js';

/** Tells of upstreams whose state or lists have changed. */
@Injectable()
export class UpstreamEvents implements OnApplicationBootstrap {
  constructor(
    private readonly upstreams: Upstreams,
    private readonly live: LiveEvents,
  ) {}

  onApplicationBootstrap(): void {
    this.upstreams.onChange((change) => {
      this.tell(change);
    });
  }

  private tell({ kind, upstream: name }: UpstreamChange): void {
    if (kind === 'updated') return; // one resource, which concerns its readers alone
    const upstream = this.upstreams.find(name);
    const { state, quarantined } = upstream?.status() ?? { state: 'removed', quarantined: 0 };
    const tools = upstream?.offer.tools.length ?? 0;
    this.live.publish('upstream', { upstream: name, change: kind, state, tools, quarantined });
  }
}
