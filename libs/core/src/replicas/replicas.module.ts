import { Global, Module } from '@nestjs/common';
import { LiveReplicas } from './live-replicas.js';
import { ReplicaBus } from './replica-bus.js';
import { ReplicaCalls } from './replica-calls.js';
import { ReplicaId } from './replica-id.js';
import { SharedRedis } from './shared-redis.js';
import { StoreChanges } from './store-changes.js';

/** Global: what any room holds in memory, another replica may change. */
@Global()
@Module({
  providers: [LiveReplicas, ReplicaBus, ReplicaCalls, ReplicaId, SharedRedis, StoreChanges],
  exports: [LiveReplicas, ReplicaBus, ReplicaCalls, ReplicaId, SharedRedis, StoreChanges],
})
export class ReplicasModule {}
