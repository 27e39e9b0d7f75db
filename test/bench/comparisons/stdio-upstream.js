import { startServer, SERVER_CORE } from '../processes.js';
import { modernCall, rpcCall } from '../requests.js';
import { stdioUpstream as upstream } from '../upstreams.js';

/** @type {import('../comparison.js').Comparison} */
export const stdioUpstream = {
  name: 'stdio-upstream',
  title: 'A tool of an upstream over stdio against an ideal hop',
  about: 'The same MCP server behind both. The ideal hop is node:http and one child, and finds requests again by id.',
  goal: 0.7,
  async prepare({ gateway }) {
    const hop = ['test/bench/servers/stdio-hop.js', upstream.command, ...upstream.args];
    const yardstick = await startServer(SERVER_CORE, hop);
    return {
      yardstick: { ...yardstick, request: rpcCall('echo') },
      gateway: { pid: gateway.pid, url: `${gateway.url}/mcp`, request: modernCall('over-stdio__echo') },
    };
  },
};
