// What the load sends. `$ID` stands for a fresh id.
import { KEY } from './gateway.js';

const MESSAGE = 'x'.repeat(96);

/** @typedef {{headers: Record<string, string>, body: string, keys?: string[]}} LoadRequest `keys` send it in turns */

/** @param {string} name @param {object} [input] @param {object} [more] @returns {string} */
function toolCall(name, input = { message: MESSAGE }, more = {}) {
  const params = JSON.stringify({ name, arguments: input, ...more });
  return `{"jsonrpc":"2.0","id":$ID,"method":"tools/call","params":${params}}`;
}

/** Over JSON-RPC. @param {string} tool @param {object} [input] @returns {LoadRequest} */
export function rpcCall(tool, input) {
  return { headers: { 'X-MCP-Key': KEY }, body: toolCall(tool, input) };
}

const _meta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};

/** @param {string} method */
const modernHeaders = (method) => ({
  Accept: 'application/json, text/event-stream',
  'X-MCP-Key': KEY,
  'MCP-Protocol-Version': '2026-07-28',
  'Mcp-Method': method,
});

/** Over MCP of 2026-07-28. @param {string} tool @param {object} [input] @returns {LoadRequest} */
export function modernCall(tool, input) {
  return { headers: { ...modernHeaders('tools/call'), 'Mcp-Name': tool }, body: toolCall(tool, input, { _meta }) };
}

/** What tools there are, over the same. @returns {LoadRequest} */
export function modernList() {
  const params = JSON.stringify({ _meta });
  const body = `{"jsonrpc":"2.0","id":$ID,"method":"tools/list","params":${params}}`;
  return { headers: modernHeaders('tools/list'), body };
}

/** In a session of 2025-11-25. @param {string} tool @param {string} session @param {object} [input] @returns {LoadRequest} */
export function sessionCall(tool, session, input) {
  const headers = {
    Accept: 'application/json, text/event-stream',
    'X-MCP-Key': KEY,
    'MCP-Protocol-Version': '2025-11-25',
    'Mcp-Session-Id': session,
  };
  return { headers, body: toolCall(tool, input) };
}

/** At the REST door of mcp-hub. @param {string} server @param {string} tool @returns {LoadRequest} */
export function callOfMcpHub(server, tool) {
  const call = JSON.stringify({ server_name: server, tool, arguments: { message: MESSAGE } });
  return { headers: {}, body: `${call.slice(0, -1)},"id":$ID}` };
}

/** So many calls in one request over JSON-RPC. @param {string} tool @param {number} calls @returns {LoadRequest} */
export function batch(tool, calls) {
  const each = Array.from({ length: calls }, (_, i) => toolCall(tool).replace('$ID', `"$ID.${i}"`));
  return { headers: { 'X-MCP-Key': KEY }, body: `[${each.join(',')}]` };
}
