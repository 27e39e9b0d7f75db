// What the load sends. `$ID` stands for a fresh id.
import { KEY } from './gateway.js';

const MESSAGE = 'x'.repeat(96);

/** @typedef {{headers: Record<string, string>, body: string}} LoadRequest */

/** @param {string} name @param {object} [input] @param {object} [more] @returns {string} */
function toolCall(name, input = { message: MESSAGE }, more = {}) {
  const params = JSON.stringify({ name, arguments: input, ...more });
  return `{"jsonrpc":"2.0","id":$ID,"method":"tools/call","params":${params}}`;
}

/** Over JSON-RPC. @param {string} tool @param {object} [input] @returns {LoadRequest} */
export function rpcCall(tool, input) {
  return { headers: { 'X-MCP-Key': KEY }, body: toolCall(tool, input) };
}

/** Over MCP of 2026-07-28. @param {string} tool @param {object} [input] @returns {LoadRequest} */
export function modernCall(tool, input) {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const headers = {
    Accept: 'application/json, text/event-stream',
    'X-MCP-Key': KEY,
    'MCP-Protocol-Version': '2026-07-28',
    'Mcp-Method': 'tools/call',
    'Mcp-Name': tool,
  };
  return { headers, body: toolCall(tool, input, { _meta }) };
}

/** In a session of 2025-11-25. @param {string} tool @param {string} session @returns {LoadRequest} */
export function sessionCall(tool, session) {
  const headers = {
    Accept: 'application/json, text/event-stream',
    'X-MCP-Key': KEY,
    'MCP-Protocol-Version': '2025-11-25',
    'Mcp-Session-Id': session,
  };
  return { headers, body: toolCall(tool) };
}
