import { startServer, SERVER_CORE } from '../processes.js';
import { rpcCall } from '../requests.js';

const query = "SELECT n, 'row ' || n AS text FROM generate_series(1, 10) AS n";

/** @type {import('../comparison.js').Comparison} */
export const guardedQuery = {
  name: 'query',
  title: '`postgres.query` of ten rows against bare node:http and pg',
  about:
    'The guarded query of the demo database at `POST /mcp/rpc`. The yardstick sends one prepared statement to the same server and checks nothing.',
  goal: 0.8,
  async prepare({ gateway }) {
    const env = { DATABASE_URL: gateway.storeUrl() };
    const yardstick = await startServer(SERVER_CORE, ['test/bench/servers/raw-query.js'], env);
    const request = rpcCall('postgres_query', { database: 'demo', query });
    return {
      yardstick: { ...yardstick, request },
      gateway: { pid: gateway.pid, url: `${gateway.url}/mcp/rpc`, request },
    };
  },
};
