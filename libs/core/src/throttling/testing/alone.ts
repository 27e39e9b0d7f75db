import { SharedRedis } from '../../replicas/shared-redis.js';
import { SharedCalls } from '../leases/shared-calls.js';
import { SharedWindows } from '../leases/shared-windows.js';

/** A gateway without Redis needs neither a secret nor a name. */
const nothing = {} as never;

/** Counts for one gateway that has nobody to share with. */
export function alone(): SharedCalls {
  return new SharedCalls(new SharedWindows(new SharedRedis({ redisUrl: undefined }, nothing, nothing)));
}
