import { Module } from '@nestjs/common';
import { AccessModule } from '../../access/access.module.js';
import { ExecutionModule } from '../../execution/execution.module.js';
import { LiveReplicas } from '../../replicas/live-replicas.js';
import { ReplicaBus } from '../../replicas/replica-bus.js';
import { ReplicaId } from '../../replicas/replica-id.js';
import { SharedRedis } from '../../replicas/shared-redis.js';
import { SecretKey } from '../../store/secret-key.js';
import { ThrottlingModule } from '../../throttling/throttling.module.js';
import { UpstreamsModule } from '../../upstreams/upstreams.module.js';
import { Changes } from './changes.js';
import { ApprovalRounds } from './approval-rounds.js';
import { Listeners } from './listeners.js';
import { McpDoor } from './mcp-door.js';
import { McpMethods } from './methods.js';
import { MemorySessionStore } from './memory-session-store.js';
import { ModernRequests } from './modern-requests.js';
import { ParkedCalls } from './parked-calls.js';
import { PostAnswers } from './post-answers.js';
import { ProtectedResource } from './protected-resource.js';
import { Prompts } from './prompts.js';
import { Resources } from './resources.js';
import { Rounds } from './rounds.js';
import { ServerIdentity } from './server-identity.js';
import { SessionMethods } from './session-methods.js';
import { SessionRelay } from './session-relay.js';
import { SessionRequests } from './session-requests.js';
import { SessionStore } from './session-store.js';
import { SessionSubscriptions } from './session-subscriptions.js';
import { Sessions } from './sessions.js';
import { SharedSessionStore } from './shared-session-store.js';
import { StreamPlaces } from './stream-places.js';
import { UpstreamAccess } from './upstream-access.js';
import { UpstreamMethods } from './upstream-methods.js';
import { UpstreamOffers } from './upstream-offers.js';
import { WatchedResources } from './watched-resources.js';

@Module({
  imports: [AccessModule, ExecutionModule, ThrottlingModule, UpstreamsModule],
  providers: [
    Changes,
    Listeners,
    McpDoor,
    McpMethods,
    ModernRequests,
    ApprovalRounds,
    ParkedCalls,
    PostAnswers,
    Prompts,
    ProtectedResource,
    Resources,
    Rounds,
    ServerIdentity,
    SessionRequests,
    Sessions,
    SessionMethods,
    SessionRelay,
    SessionSubscriptions,
    {
      provide: SessionStore,
      inject: [SharedRedis, ReplicaBus, LiveReplicas, ReplicaId, SecretKey],
      useFactory: (redis: SharedRedis, ...shared: [ReplicaBus, LiveReplicas, ReplicaId, SecretKey]) =>
        redis.isConfigured ? new SharedSessionStore(redis, ...shared) : new MemorySessionStore(),
    },
    StreamPlaces,
    UpstreamAccess,
    UpstreamMethods,
    UpstreamOffers,
    WatchedResources,
  ],
  exports: [McpDoor, ProtectedResource],
})
export class McpModule {}
