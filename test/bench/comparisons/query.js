import { against } from '../aims.js';
import { SERVER_CORE, startServer } from '../processes.js';
import { rpcCall } from '../requests.js';

const query = "SELECT n, 'row ' || n AS text FROM generate_series(1, 10) AS n";

/** @type {import('../rounds.js').Comparison} */
export const guardedQuery = {
  name: 'query',
  title: '`postgres.query` of ten rows',
  about:
    'The guarded query of the demo database at `POST /mcp/rpc`. node:http with pg sends one prepared statement to the same server and checks nothing.',
  aims: [against('node:http with pg', 0.8)],
  async prepare({ gateway }) {
    const env = { DATABASE_URL: gateway.storeUrl() };
    const raw = await startServer(SERVER_CORE, ['test/bench/servers/raw-query.js'], env);
    const request = rpcCall('postgres_query', { database: 'demo', query });
    return {
      'node:http with pg': { ...raw, request },
      gateway: { ...gateway, url: `${gateway.url}/mcp/rpc`, request },
    };
  },
};
