import { startServer, SERVER_CORE } from '../processes.js';
import { modernCall, rpcCall } from '../requests.js';

/** @type {import('../comparison.js').Comparison} */
export const mcpModern = {
  name: 'mcp-modern',
  title: '`gateway.echo` over MCP of 2026-07-28 against bare node:http',
  about: '`tools/call` at `POST /mcp`, each request standing alone. The yardstick is that of JSON-RPC.',
  goal: 0.5,
  async prepare({ gateway }) {
    const yardstick = await startServer(SERVER_CORE, ['test/bench/servers/raw-echo.js']);
    return {
      yardstick: { ...yardstick, request: rpcCall('gateway_echo') },
      gateway: { pid: gateway.pid, url: `${gateway.url}/mcp`, request: modernCall('gateway_echo') },
    };
  },
};
