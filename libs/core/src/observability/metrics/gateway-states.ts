import { Injectable } from '@nestjs/common';
import type { PoolReport } from '#libs/kit';
import { Breakers } from '#libs/outbound';
import { Catalog } from '../../catalog/catalog.js';
import { CallsInFlight } from '../../execution/calls-in-flight.js';
import { OpenConnections } from '../../execution/open-connections.js';
import { Upstreams } from '../../upstreams/upstream.js';

/** How the gateway and what is behind it are at this moment. */
@Injectable()
export class GatewayStates {
  constructor(
    private readonly inFlight: CallsInFlight,
    private readonly connections: OpenConnections,
    private readonly catalog: Catalog,
    private readonly upstreams: Upstreams,
    private readonly breakers: Breakers,
  ) {}

  snapshot() {
    const { mcp, socketio, websocket } = this.connections;
    return {
      inFlight: this.inFlight.count,
      connections: { mcp, socketio, websocket },
      pools: this.pools(),
      upstreams: Object.fromEntries(
        this.upstreams.behindGateway().map((upstream) => [upstream.name, upstream.status().state]),
      ),
      circuits: Object.fromEntries(this.breakers.states()),
    };
  }

  /** By service and name. */
  private pools(): Record<string, Record<string, Omit<PoolReport, 'name'>>> {
    const services = this.catalog.services.map(({ name, pools }) => [name, pools()] as const);
    return Object.fromEntries(
      services
        .filter(([, pools]) => pools.length > 0)
        .map(([service, pools]) => [service, Object.fromEntries(pools.map(({ name, ...pool }) => [name, pool]))]),
    );
  }
}
