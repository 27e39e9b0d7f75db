import type { LogLevel } from './log-level.js';
import type { Params } from './messages.js';
import { metaKeys } from './revisions.js';

/** What an upstream gets of a request's `_meta`: not what belongs to the hop from the client to here. */
export function passedMeta(meta: Params, level: LogLevel | undefined): Params {
  // without Object's members, so that a client's __proto__ is a member like any other and brings none along
  const passed = Object.create(null) as Params;
  for (const key of Object.keys(meta)) {
    if (!key.startsWith('io.modelcontextprotocol/') && !key.startsWith('mcp-gateway/')) passed[key] = meta[key];
  }
  if (level !== undefined) passed[metaKeys.logLevel] = level;
  return passed;
}
