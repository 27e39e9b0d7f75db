import { against } from '../aims.js';
import { SERVER_CORE, startServer } from '../processes.js';
import { rpcCall } from '../requests.js';

/** @type {import('../rounds.js').Comparison} */
export const jsonRpc = {
  name: 'json-rpc',
  title: '`gateway.echo` over JSON-RPC',
  about:
    '`tools/call` at `POST /mcp/rpc`. Bare node:http parses the same request, answers the same result and checks nothing; so does one route of Nest on Express.',
  aims: [against('node:http', 0.6), against('Nest')],
  async prepare({ gateway }) {
    const request = rpcCall('gateway_echo');
    return {
      'node:http': { ...(await startServer(SERVER_CORE, ['test/bench/servers/raw-echo.js'])), request },
      Nest: { ...(await startServer(SERVER_CORE, ['test/bench/servers/bare-nest.js'])), request },
      gateway: { ...gateway, url: `${gateway.url}/mcp/rpc`, request },
    };
  },
};
