import type { OperationError } from '#libs/kit';
import type { CallResult, Marks } from './call-result.js';
import type { Truncation } from './results/result-governor.js';
import { ToolFailure } from './tool-failure.js';

/**
 * A result as MCP's `tools/call` answers it, as JSON: the data, and the same as text for clients that read only that.
 * Where something was left out, a sentence and a link say how to get it.
 */
export function toolResultJson({ json, isToolResult, metadata }: CallResult): string {
  const { truncated } = metadata;
  const marks = marksOf(metadata);
  if (isToolResult) return withMarks(truncated ? withRest(json, truncated) : json, marks);
  const text = `{"type":"text","text":${JSON.stringify(json)}}`;
  const content = truncated ? [text, ...restOf(truncated).map((item) => JSON.stringify(item))].join(',') : text;
  return withMarks(`{"content":[${content}],"structuredContent":${json},"isError":false}`, marks);
}

function marksOf({ origin, guarded }: Marks): object | undefined {
  if (!origin && !guarded) return undefined;
  return { ...(origin && { 'mcp-gateway/origin': origin }), ...(guarded && { 'mcp-gateway/guarded': guarded }) };
}

/** A result with the gateway's marks, whatever an upstream says under their names. */
function withMarks(json: string, marks: object | undefined): string {
  if (!marks) return json;
  if (json !== '{}' && !json.includes('"_meta"')) return `${json.slice(0, -1)},"_meta":${JSON.stringify(marks)}}`;
  const { _meta, ...result } = JSON.parse(json) as { _meta?: object };
  return JSON.stringify({ ...result, _meta: { ..._meta, ...marks } });
}

/** An upstream's own result, with how to get what was left out of it. */
function withRest(json: string, truncated: Truncation): string {
  const { content, ...result } = JSON.parse(json) as { content: unknown[] };
  return JSON.stringify({ ...result, content: [...content, ...restOf(truncated)] });
}

function restOf({ resultId, shown, total, unit, kept = total }: Truncation) {
  const what =
    shown === 0 && unit === 'characters'
      ? `Long texts and lists in this answer are shortened; whole, it is JSON of ${total} characters.`
      : `This answer shows the first ${shown} of ${total} ${unit}.`;
  if (resultId === null) return [{ type: 'text', text: `${what} The rest could not be kept; ask for less at once.` }];
  const how = `For ${shown === 0 ? 'all of it' : 'the rest'} call read_result with {"id":"${resultId}","offset":${shown}}.`;
  const but = kept < total ? ` Only the first ${kept} were kept; ask for less at once to get the others.` : '';
  return [
    { type: 'text', text: `${what} ${how}${but}` },
    {
      type: 'resource_link',
      uri: `result://${resultId}`,
      name: resultId,
      mimeType: 'application/json',
      description: `All that was kept of this answer: ${kept} ${unit}`,
    },
  ];
}

/** A tool's own failure, which MCP wants as a result that a model can read and act on. */
export function toolErrorJson(error: OperationError): string {
  if (error instanceof ToolFailure) return error.resultJson;
  const { kind, message, details } = error;
  const more = Object.keys(details).length > 0 ? `\n${JSON.stringify(details)}` : '';
  return JSON.stringify({ content: [{ type: 'text', text: `${kind}: ${message}${more}` }], isError: true });
}
