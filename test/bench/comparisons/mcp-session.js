import { post } from '../gateway.js';
import { startServer, SERVER_CORE } from '../processes.js';
import { rpcCall, sessionCall } from '../requests.js';

/** @type {import('../comparison.js').Comparison} */
export const mcpSession = {
  name: 'mcp-session',
  title: '`gateway.echo` in a session of MCP 2025-11-25 against bare node:http',
  about: '`tools/call` at `POST /mcp`, all connections in one session. The yardstick is that of JSON-RPC.',
  goal: 0.5,
  async prepare({ gateway }) {
    const yardstick = await startServer(SERVER_CORE, ['test/bench/servers/raw-echo.js']);
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'bench', version: '1' } };
    const { headers } = await post(`${gateway.url}/mcp`, { jsonrpc: '2.0', id: 0, method: 'initialize', params });
    const request = sessionCall('gateway_echo', headers.get('mcp-session-id') ?? '');
    return {
      yardstick: { ...yardstick, request: rpcCall('gateway_echo') },
      gateway: { pid: gateway.pid, url: `${gateway.url}/mcp`, request },
    };
  },
};
