import { Injectable } from '@nestjs/common';
import type { Caller } from '#libs/kit';
import { forbidden, mayAct } from '../access/permissions.js';
import { Catalog } from '../catalog/catalog.js';
import { OpenConnections } from './open-connections.js';
import { CallStatistics } from './call-statistics.js';

/** What the gateway has done since its start, for callers with `monitor`. */
@Injectable()
export class GatewayStatistics {
  constructor(
    private readonly calls: CallStatistics,
    private readonly catalog: Catalog,
    private readonly connections: OpenConnections,
  ) {}

  forCaller(caller: Caller) {
    if (!mayAct(caller, 'monitor')) throw forbidden(caller, 'the statistics', 'monitor');
    return this.snapshot();
  }

  snapshot() {
    const { callsByService: _, ...calls } = this.calls.snapshot();
    const { mcp, socketio, websocket } = this.connections;
    const counts = this.catalog.services.map(({ name, operations }) => [name, operations.length] as const);
    const total = counts.reduce((sum, [, count]) => sum + count, 0);
    return {
      ...calls,
      tools: { total, byService: Object.fromEntries(counts) },
      connections: { mcp, socketio, websocket },
      upstreams: {},
    };
  }
}
