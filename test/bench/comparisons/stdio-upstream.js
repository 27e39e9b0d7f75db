import { against, againstBest } from '../aims.js';
import { gatewaysOverStdio } from '../others/gateways.js';
import { SERVER_CORE, startServer } from '../processes.js';
import { modernCall, rpcCall } from '../requests.js';
import { stdioUpstream as upstream } from '../upstreams.js';

/** @type {import('../rounds.js').Comparison} */
export const stdioUpstream = {
  name: 'stdio-upstream',
  title: 'A tool of an upstream over stdio',
  about:
    'The same MCP server behind all. The ideal hop is node:http and one child, and finds requests again by id. mcp-hub is asked at its REST door, mcp-proxy and supergateway in a session.',
  aims: [against('ideal hop', 0.7), againstBest(['mcp-hub', 'mcp-proxy', 'supergateway'], 5)],
  async prepare({ gateway }) {
    const hop = await startServer(SERVER_CORE, ['test/bench/servers/stdio-hop.js', upstream.command, ...upstream.args]);
    return {
      'ideal hop': { ...hop, request: rpcCall('echo') },
      ...(await gatewaysOverStdio()),
      gateway: { ...gateway, url: `${gateway.url}/mcp`, request: modernCall('over-stdio__echo') },
    };
  },
};
