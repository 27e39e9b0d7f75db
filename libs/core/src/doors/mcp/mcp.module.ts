import { Module } from '@nestjs/common';
import { AccessModule } from '../../access/access.module.js';
import { ExecutionModule } from '../../execution/execution.module.js';
import { ThrottlingModule } from '../../throttling/throttling.module.js';
import { Listeners } from './listeners.js';
import { McpDoor } from './mcp-door.js';
import { McpMethods } from './methods.js';
import { ModernRequests } from './modern-requests.js';
import { ParkedCalls } from './parked-calls.js';
import { ProtectedResource } from './protected-resource.js';
import { Prompts } from './prompts.js';
import { Resources } from './resources.js';
import { ServerIdentity } from './server-identity.js';
import { SessionRequests } from './session-requests.js';
import { Sessions } from './sessions.js';
import { StreamPlaces } from './stream-places.js';

@Module({
  imports: [AccessModule, ExecutionModule, ThrottlingModule],
  providers: [
    Listeners,
    McpDoor,
    McpMethods,
    ModernRequests,
    ParkedCalls,
    Prompts,
    ProtectedResource,
    Resources,
    ServerIdentity,
    SessionRequests,
    Sessions,
    StreamPlaces,
  ],
  exports: [McpDoor, ProtectedResource],
})
export class McpModule {}
