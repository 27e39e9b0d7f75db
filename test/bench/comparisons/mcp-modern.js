import { against } from '../aims.js';
import { SERVER_CORE, startServer } from '../processes.js';
import { modernCall, rpcCall } from '../requests.js';

/** @type {import('../rounds.js').Comparison} */
export const mcpModern = {
  name: 'mcp-modern',
  title: '`gateway.echo` over MCP of 2026-07-28',
  about:
    '`tools/call` at `POST /mcp`, each request standing alone. Bare node:http is that of JSON-RPC. The server of the official SDK (v2) has the same tool, and no keys, limits, audit or metrics.',
  aims: [against('node:http', 0.5), against('SDK v2')],
  async prepare({ gateway }) {
    const request = modernCall('gateway_echo');
    return {
      'node:http': {
        ...(await startServer(SERVER_CORE, ['test/bench/servers/raw-echo.js'])),
        request: rpcCall('gateway_echo'),
      },
      'SDK v2': { ...(await startServer(SERVER_CORE, ['test/bench/servers/sdk-stateless.js'])), request },
      gateway: { ...gateway, url: `${gateway.url}/mcp`, request },
    };
  },
};
