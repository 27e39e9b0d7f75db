import { against } from '../aims.js';
import { openSession } from '../gateway.js';
import { SERVER_CORE, startServer } from '../processes.js';
import { rpcCall, sessionCall } from '../requests.js';

/** @type {import('../rounds.js').Comparison} */
export const mcpSession = {
  name: 'mcp-session',
  title: '`gateway.echo` in a session of MCP 2025-11-25',
  about:
    '`tools/call` at `POST /mcp`, all connections in one session. Bare node:http is that of JSON-RPC. The servers of the official SDK (v1 and v2) have the same tool, and no keys, limits, audit or metrics.',
  aims: [against('node:http', 0.5), against('SDK v2'), against('SDK v1')],
  async prepare({ gateway }) {
    const raw = await startServer(SERVER_CORE, ['test/bench/servers/raw-echo.js']);
    return {
      'node:http': { ...raw, request: rpcCall('gateway_echo') },
      'SDK v2': await inSession(await startServer(SERVER_CORE, ['test/bench/servers/sdk-session.js'])),
      'SDK v1': await inSession(await startServer(SERVER_CORE, ['test/bench/servers/sdk-v1-session.js'])),
      gateway: await inSession({ ...gateway, url: `${gateway.url}/mcp` }),
    };
  },
};

/** @template {{url: string}} T @param {T} server */
async function inSession(server) {
  return { ...server, request: sessionCall('gateway_echo', await openSession(server.url)) };
}
