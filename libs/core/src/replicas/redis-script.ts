import { createHash } from 'node:crypto';

/** Lua that Redis runs as one step, known to it by its hash once it was sent. */
export interface RedisScript {
  readonly lua: string;
  readonly sha: string;
}

export function redisScript(lua: string): RedisScript {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}
