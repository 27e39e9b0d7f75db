import { Module } from '@nestjs/common';
import { ExecutionModule } from '../../execution/execution.module.js';
import { Listeners } from './listeners.js';
import { McpDoor } from './mcp-door.js';
import { McpMethods } from './methods.js';
import { ModernRequests } from './modern-requests.js';
import { Resources } from './resources.js';
import { ServerIdentity } from './server-identity.js';
import { SessionRequests } from './session-requests.js';
import { Sessions } from './sessions.js';

@Module({
  imports: [ExecutionModule],
  providers: [Listeners, McpDoor, McpMethods, ModernRequests, Resources, ServerIdentity, SessionRequests, Sessions],
  exports: [McpDoor],
})
export class McpModule {}
