import type { CallResult } from './call-result.js';

/** What the doors other than MCP answer for a call that succeeded, as JSON. */
export function envelope({ json, metadata }: CallResult): string {
  return `{"status":"success","data":${json},"metadata":${JSON.stringify(metadata)}}`;
}
