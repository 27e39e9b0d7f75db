import { Injectable } from '@nestjs/common';
import { Authenticator } from '../../access/authenticator.js';
import { Catalog } from '../../catalog/catalog.js';
import { OpenConnections } from '../../execution/open-connections.js';
import { Upstreams } from '../../upstreams/upstream.js';
import { Meters, type Series } from './meters.js';

const poolLabels = ['service', 'pool'];

/** What the rooms around the way of a call keep count of. */
@Injectable()
export class GatewayMetrics {
  constructor(
    meters: Meters,
    authenticator: Authenticator,
    connections: OpenConnections,
    upstreams: Upstreams,
    private readonly catalog: Catalog,
  ) {
    meters.total('mcp_auth_failures_total', 'Requests that were not recognised', () => authenticator.failures);
    meters.gauge('mcp_sessions', 'Sessions of MCP clients', () => connections.mcp);
    meters.gauges('mcp_connection_pool_size', 'Connections of a pool', poolLabels, () => this.pools('size'));
    meters.gauges('mcp_connection_pool_idle', 'Those that nobody uses', poolLabels, () => this.pools('idle'));
    meters.gauges(
      'mcp_upstream_state',
      '1 for the state that an MCP server behind the gateway is in',
      ['upstream', 'state'],
      () =>
        upstreams.behindGateway().map((upstream) => [{ upstream: upstream.name, state: upstream.status().state }, 1]),
    );
  }

  private pools(what: 'size' | 'idle'): Series {
    return this.catalog.services.flatMap(({ name: service, pools }) =>
      pools().map((pool) => [{ service, pool: pool.name }, pool[what]] as const),
    );
  }
}
