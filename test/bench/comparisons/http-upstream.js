import { against, againstBest } from '../aims.js';
import { gatewaysOverHttp } from '../others/gateways.js';
import { SERVER_CORE, startServer } from '../processes.js';
import { modernCall, rpcCall } from '../requests.js';

/** @type {import('../rounds.js').Comparison} */
export const httpUpstream = {
  name: 'http-upstream',
  title: 'A tool of an upstream over HTTP',
  about:
    'The same MCP server behind all. The ideal hop is node:http and a keep-alive pool of undici, and passes bodies on unread. Of the gateways that npm has, mcp-hub is asked at its REST door, the cheapest of its doors, and mcp-proxy is put together from its library, in a session. supergateway has no such way: before HTTP it speaks stdio.',
  aims: [against('ideal hop', 0.85), againstBest(['mcp-hub', 'mcp-proxy'], 14)],
  async prepare({ gateway, upstream }) {
    const hop = await startServer(SERVER_CORE, ['test/bench/servers/http-hop.js', upstream.url]);
    return {
      'ideal hop': { ...hop, request: rpcCall('echo') },
      ...(await gatewaysOverHttp(upstream.url)),
      gateway: { ...gateway, url: `${gateway.url}/mcp`, request: modernCall('over-http__echo') },
    };
  },
};
