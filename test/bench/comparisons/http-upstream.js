import { startServer, SERVER_CORE } from '../processes.js';
import { modernCall, rpcCall } from '../requests.js';

/** @type {import('../comparison.js').Comparison} */
export const httpUpstream = {
  name: 'http-upstream',
  title: 'A tool of an upstream over HTTP against an ideal hop',
  about:
    'The same MCP server behind both. The ideal hop is node:http and a keep-alive pool of undici, and passes bodies on unread.',
  goal: 0.85,
  async prepare({ gateway, upstreamUrl }) {
    const yardstick = await startServer(SERVER_CORE, ['test/bench/servers/http-hop.js', upstreamUrl]);
    return {
      yardstick: { ...yardstick, request: rpcCall('echo') },
      gateway: { pid: gateway.pid, url: `${gateway.url}/mcp`, request: modernCall('over-http__echo') },
    };
  },
};
