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
    '`gateway.echo` at `POST /mcp/rpc` of two gateways that know nothing of each other, and of two replicas, which share a PostgreSQL and a Redis. Of both pairs the second runs on the core of the load, with as many connections as the first, so that they differ in nothing else. The time of both is counted together; what Redis and PostgreSQL use is not.',
  columns: ['cpuMicros', 'perSecond', 'loadBusy', 'residentMib'],
  aims: [
    {
      what: 'calls that two replicas answer ÷ that one does, in the same processor time of each',
      ratio: ({ apart, replicas }) => (2 * (apart?.cpuMicros ?? NaN)) / (replicas?.cpuMicros ?? NaN),
      least: 1.9,
    },
  ],
  lacking: () =>
    spawnSync('redis-server', ['--version']).status === 0 ? undefined : 'redis-server is not installed here',
  async prepare({ gateway }) {
    const store = gateway.storeUrl();
    const apart = await startPair(
      { DATABASE_URL: await newDatabase(store, 'first') },
      { DATABASE_URL: await newDatabase(store, 'second') },
    );
    const env = {
      DATABASE_URL: await newDatabase(store, 'shared'),
      REDIS_URL: await startRedis(),
      MCP_SECRET_KEY: 'the one secret of the replicas of the benchmark',
    };
    const sharing = await startPair(env, env);
    const request = rpcCall('gateway_echo');
    const both = (/** @type {Awaited<ReturnType<typeof startPair>>} */ pair) => ({
      connections: 2 * CONNECTIONS,
      url: pair.map(({ url }) => `${url}/mcp/rpc`).join(),
      pids: pair.flatMap(({ pids }) => pids),
      request,
    });
    return { apart: both(apart), replicas: both(sharing) };
  },
};

/** @param {Record<string, string>} first @param {Record<string, string>} second their environments */
async function startPair(first, second) {
  return [await startGateway({ env: first }), await startGateway({ env: second, core: LOAD_CORE })];
}

async function startRedis() {
  const port = String(await freePort());
  const options = ['--bind', '127.0.0.1', '--port', port, '--save', '', '--appendonly', 'no'];
  await lineWith(launch(LOAD_CORE, ['redis-server', ...options]), /(Ready to accept)/);
  return `redis://127.0.0.1:${port}`;
}
