import { ReplicaBus } from '../../replicas/replica-bus.js';
import { SharedRedis } from '../../replicas/shared-redis.js';
import { SharedCalls } from '../leases/shared-calls.js';
import { SharedPlaces } from '../leases/shared-places.js';
import { SharedWindows } from '../leases/shared-windows.js';
import { SharedSpending } from '../shared-spending.js';

/** A gateway without Redis needs neither a secret nor a name. */
const nothing = {} as never;

/** Counts for one gateway that has nobody to share with. */
export function alone(): [SharedCalls, SharedSpending] {
  const redis = new SharedRedis({ redisUrl: undefined }, nothing, nothing);
  const calls = new SharedCalls(new SharedWindows(redis), new SharedPlaces(redis, nothing));
  return [calls, new SharedSpending(new ReplicaBus(redis, nothing, nothing), nothing)];
}
