import { Global, Module } from '@nestjs/common';
import { LiveReplicas } from './live-replicas.js';
import { RedisNamespace } from './redis-namespace.js';
import { ReplicaBus } from './replica-bus.js';
import { ReplicaCalls } from './replica-calls.js';
import { SecretRollover } from './secret-rollover.js';
import { SharedRedis } from './shared-redis.js';
import { StoreChanges } from './store-changes.js';

/** Global: what any room holds in memory, another replica may change. */
@Global()
@Module({
  providers: [LiveReplicas, RedisNamespace, ReplicaBus, ReplicaCalls, SecretRollover, SharedRedis, StoreChanges],
  exports: [LiveReplicas, ReplicaBus, ReplicaCalls, SharedRedis, StoreChanges],
})
export class ReplicasModule {}
