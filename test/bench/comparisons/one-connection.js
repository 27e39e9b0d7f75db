import { addedTime } from '../aims.js';
import { SERVER_CORE, startServer } from '../processes.js';
import { modernCall, rpcCall } from '../requests.js';

/** @type {import('../rounds.js').Comparison} */
export const oneConnection = {
  name: 'one-connection',
  title: 'One call at a time',
  about: 'A tool of an upstream over HTTP, called over one connection: what a hop adds to the time of a call.',
  columns: ['p50Ms', 'p99Ms', 'cpuMicros', 'perSecond'],
  connections: 1,
  aims: [addedTime('ideal hop', 'no hop', 1.1)],
  async prepare({ gateway, upstream }) {
    const hop = await startServer(SERVER_CORE, ['test/bench/servers/http-hop.js', upstream.url]);
    const request = rpcCall('echo');
    return {
      'no hop': { ...upstream, request },
      'ideal hop': { ...hop, request },
      gateway: { ...gateway, url: `${gateway.url}/mcp`, request: modernCall('over-http__echo') },
    };
  },
};
