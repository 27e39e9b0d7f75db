import { Global, Module } from '@nestjs/common';
import { ReplicaBus } from './replica-bus.js';
import { ReplicaId } from './replica-id.js';
import { SharedRedis } from './shared-redis.js';
import { StoreChanges } from './store-changes.js';

/** Global: what any room holds in memory, another replica may change. */
@Global()
@Module({
  providers: [ReplicaBus, ReplicaId, SharedRedis, StoreChanges],
  exports: [ReplicaBus, ReplicaId, SharedRedis, StoreChanges],
})
export class ReplicasModule {}
