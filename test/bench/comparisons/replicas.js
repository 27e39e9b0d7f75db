import { spawnSync } from 'node:child_process';
import { newDatabase, startGateway } from '../gateway.js';
import { freePort, launch, lineWith, LOAD_CORE } from '../processes.js';
import { CONNECTIONS } from '../rounds.js';
import { rpcCall } from '../requests.js';

/** @type {import('../rounds.js').Comparison} */
export const replicas = {
  name: 'replicas',
  title: 'Two replicas',
  about:
    '`gateway.echo` at `POST /mcp/rpc` of one gateway alone, and of two that share a PostgreSQL and a Redis, with as many connections to each, the second on the core of the load: two on one core would take its caches from each other. The time of both is counted together; what Redis and PostgreSQL use is not.',
  columns: ['cpuMicros', 'perSecond', 'loadBusy', 'residentMib'],
  aims: [
    {
      what: 'calls that two replicas answer ÷ that one does, in the same processor time of each',
      ratio: ({ one, two }) => (2 * (one?.cpuMicros ?? NaN)) / (two?.cpuMicros ?? NaN),
      least: 1.9,
    },
  ],
  lacking: () =>
    spawnSync('redis-server', ['--version']).status === 0 ? undefined : 'redis-server is not installed here',
  async prepare({ gateway }) {
    const store = gateway.storeUrl();
    const alone = await startGateway({ env: { DATABASE_URL: await newDatabase(store, 'alone') } });
    const env = {
      DATABASE_URL: await newDatabase(store, 'shared'),
      REDIS_URL: await startRedis(),
      MCP_SECRET_KEY: 'the one secret of the replicas of the benchmark',
    };
    const pair = [await startGateway({ env }), await startGateway({ env, core: LOAD_CORE })];
    const request = rpcCall('gateway_echo');
    return {
      one: { url: `${alone.url}/mcp/rpc`, pids: alone.pids, request },
      two: {
        connections: 2 * CONNECTIONS,
        url: pair.map(({ url }) => `${url}/mcp/rpc`).join(),
        pids: pair.flatMap(({ pids }) => pids),
        request,
      },
    };
  },
};

async function startRedis() {
  const port = String(await freePort());
  const options = ['--bind', '127.0.0.1', '--port', port, '--save', '', '--appendonly', 'no'];
  await lineWith(launch(LOAD_CORE, ['redis-server', ...options]), /(Ready to accept)/);
  return `redis://127.0.0.1:${port}`;
}
