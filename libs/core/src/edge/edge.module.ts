import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { AccessModule } from '../access/access.module.js';
import { McpModule } from '../doors/mcp/mcp.module.js';
import { RealtimeModule } from '../doors/realtime/realtime.module.js';
import { RpcModule } from '../doors/rpc/rpc.module.js';
import { ExecutionModule } from '../execution/execution.module.js';
import { ErrorFilter } from '../errors/error.filter.js';
import { ObservabilityModule } from '../observability/observability.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { AllowedHosts } from './allowed-hosts.js';
import { BusyDoors } from './busy-doors.js';
import { Edge } from './edge.js';
import { RequestRules } from './request-rules.js';

@Module({
  imports: [AccessModule, ExecutionModule, McpModule, ObservabilityModule, RealtimeModule, RpcModule, ThrottlingModule],
  providers: [AllowedHosts, BusyDoors, Edge, RequestRules, { provide: APP_FILTER, useClass: ErrorFilter }],
  exports: [AllowedHosts, Edge],
})
export class EdgeModule {}
