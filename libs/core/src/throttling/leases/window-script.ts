import { redisScript } from '../../replicas/redis-script.js';

/** Into how many parts a window is cut: what was taken in one of them comes back at once. */
export const PARTS = 64;
/** Of what is free beyond those who wait, one replica takes at most this part. */
const SHARE = 16;

/**
 * Takes units of one sliding window, which is a hash: what was taken in each part of it, by the part's number. By the
 * clock of Redis alone, so that all replicas mean the same. Units may be used until their lease ends, and count from
 * there on; so no span of the window's length ever holds more than the limit, wherever it begins.
 *
 * Arguments: length of the window, limit, length of a lease; units that are needed now; more that are wanted; units that
 * were used without asking; units that are given back, and from which part. Answers: units; milliseconds until there is
 * one more, where there were too few; what is taken now; the part that the units are from.
 */
export const takeUnits = redisScript(`
local key = KEYS[1]
local length, limit, lease = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local needed, more, used, back = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local part = length / ${PARTS}
local current, target = math.floor(now / part), math.floor((now + lease) / part)

local function add(number, units)
  redis.call('HINCRBY', key, string.format('%.0f', number), string.format('%.0f', units))
end
if back > 0 and redis.call('HEXISTS', key, ARGV[8]) == 1 then redis.call('HINCRBY', key, ARGV[8], -back) end
if used > 0 then add(current, used) end

local taken, parts, all = 0, {}, redis.call('HGETALL', key)
for i = 1, #all, 2 do
  local number, units = tonumber(all[i]), tonumber(all[i + 1])
  -- over, or of a clock that was put back since
  if units <= 0 or number < current - ${PARTS} or number > target + 1 then
    redis.call('HDEL', key, all[i])
  else
    taken = taken + units
    parts[#parts + 1] = { number, units }
  end
end

local free = math.max(0, limit - taken)
local granted = math.min(free, needed)
granted = granted + math.min(more, math.floor((free - granted) / ${SHARE}))
if granted > 0 then add(target, granted) end
if granted > 0 or used > 0 then redis.call('PEXPIRE', key, math.ceil(length + 2 * lease + 2 * part)) end

local wait = 0
if granted < needed then
  table.sort(parts, function(a, b) return a[1] < b[1] end)
  local over = taken + granted + 1 - limit
  for _, each in ipairs(parts) do
    if over <= 0 then break end
    over = over - each[2]
    wait = (each[1] + 1) * part + length - now
  end
end
return { granted, math.ceil(wait), taken + granted, string.format('%.0f', target) }
`);
