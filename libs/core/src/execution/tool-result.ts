import type { OperationError } from '#libs/kit';
import type { CallResult } from './call-result.js';

/** A result as MCP's `tools/call` answers it, as JSON: the data, and the same as text for clients that read only that. */
export function toolResultJson({ json }: CallResult): string {
  return `{"content":[{"type":"text","text":${JSON.stringify(json)}}],"structuredContent":${json},"isError":false}`;
}

/** A tool's own failure, which MCP wants as a result that a model can read and act on. */
export function toolErrorResult({ kind, message, details }: OperationError) {
  const more = Object.keys(details).length > 0 ? `\n${JSON.stringify(details)}` : '';
  return { content: [{ type: 'text', text: `${kind}: ${message}${more}` }], isError: true };
}
