import type { LogLevel } from './log-level.js';
import type { Params } from './messages.js';
import { metaKeys } from './revisions.js';

/**
 * What an upstream gets of a request's `_meta`: not what belongs to the hop from the client to here.
 * Undefined where that is nothing.
 */
export function passedMeta(meta: Params, level: LogLevel | undefined): Params | undefined {
  let passed: Params | undefined;
  for (const key of Object.keys(meta)) {
    if (key.startsWith('io.modelcontextprotocol/') || key.startsWith('mcp-gateway/')) continue;
    passed ??= noMembers();
    passed[key] = meta[key];
  }
  if (level === undefined) return passed;
  passed ??= noMembers();
  passed[metaKeys.logLevel] = level;
  return passed;
}

/** Not even those of Object, so that a client's `__proto__` is a member like any other and brings none along. */
function noMembers(): Params {
  return Object.create(null) as Params;
}
