import { redisScript } from '../../replicas/redis-script.js';

/** Of the places that are free, one replica takes at most this part beyond those that it needs. */
const SHARE = 16;

/**
 * Leases places for calls that run at once. A hash holds how many each replica has, and until when by the clock of Redis:
 * those of a replica that is gone are free again then. What a replica says of itself is taken as it is, so that a miscount
 * lasts no longer than until it speaks again.
 *
 * Arguments: replica; limit; places that are in use there; more that are needed; length of a lease. Answers: the places of
 * the replica from now on; those that are left for others.
 */
export const leasePlaces = redisScript(`
local key, replica = KEYS[1], ARGV[1]
local limit, used, needed, lease = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local others, all = 0, redis.call('HGETALL', key)
for i = 1, #all, 2 do
  local places, ends = string.match(all[i + 1], '(%d+) (%d+)')
  if tonumber(ends) <= now then
    redis.call('HDEL', key, all[i])
  elseif all[i] ~= replica then
    others = others + tonumber(places)
  end
end

local free = math.max(0, limit - others - used)
local granted = math.min(free, needed)
if used + granted > 0 then granted = granted + math.floor((free - granted) / ${SHARE}) end
local places = used + granted
if places > 0 then
  redis.call('HSET', key, replica, string.format('%.0f %.0f', places, now + lease))
  redis.call('PEXPIRE', key, lease)
else
  redis.call('HDEL', key, replica)
end
return { places, free - granted }
`);
