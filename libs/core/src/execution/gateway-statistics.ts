import { Injectable } from '@nestjs/common';
import type { Caller } from '#libs/kit';
import { Policy } from '../access/policy/policy.js';
import { Catalog } from '../catalog/catalog.js';
import { OpenConnections } from './open-connections.js';
import { CallStatistics } from './call-statistics.js';
import { Upstreams, type Upstream } from '../upstreams/upstream.js';

/** What the gateway has done since its start, for callers with `monitor`. */
@Injectable()
export class GatewayStatistics {
  constructor(
    private readonly calls: CallStatistics,
    private readonly catalog: Catalog,
    private readonly connections: OpenConnections,
    private readonly upstreams: Upstreams,
    private readonly policy: Policy,
  ) {}

  forCaller(caller: Caller) {
    this.policy.requireAct(caller, 'monitor', 'the statistics');
    return this.snapshot();
  }

  snapshot() {
    const { callsByService: _, ...calls } = this.calls.snapshot();
    const { mcp, socketio, websocket } = this.connections;
    const offering = this.catalog.services.filter(({ operations }) => operations.length > 0);
    const counts = offering.map(({ name, operations }) => [name, operations.length] as const);
    const total = counts.reduce((sum, [, count]) => sum + count, 0);
    return {
      ...calls,
      tools: { total, byService: Object.fromEntries(counts) },
      connections: { mcp, socketio, websocket },
      upstreams: Object.fromEntries(
        this.upstreams.behindGateway().map((upstream) => [upstream.name, stateOf(upstream)]),
      ),
    };
  }
}

function stateOf(upstream: Upstream) {
  const { state, quarantined } = upstream.status();
  return { state, tools: upstream.offer.tools.length, quarantined };
}
