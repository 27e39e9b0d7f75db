import { startServer, SERVER_CORE } from '../processes.js';
import { rpcCall } from '../requests.js';

/** @type {import('../comparison.js').Comparison} */
export const jsonRpc = {
  name: 'json-rpc',
  title: '`gateway.echo` over JSON-RPC against bare node:http',
  about:
    '`tools/call` at `POST /mcp/rpc`. The yardstick parses the same request, answers the same result and checks nothing.',
  goal: 0.6,
  async prepare({ gateway }) {
    const yardstick = await startServer(SERVER_CORE, ['test/bench/servers/raw-echo.js']);
    const request = rpcCall('gateway_echo');
    return {
      yardstick: { ...yardstick, request },
      gateway: { pid: gateway.pid, url: `${gateway.url}/mcp/rpc`, request },
    };
  },
};
