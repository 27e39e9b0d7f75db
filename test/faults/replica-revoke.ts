// A key is deleted at one of 3 replicas: refused at each, and its sockets closed, within a second
import { once } from 'node:events';
import WebSocket from 'ws';
import { ADMIN_KEY, until } from './gateway.js';
import type { FaultRun } from './load/account.js';
import { Cluster } from './load/cluster.js';

const ROUNDS = 10;
const SOCKETS = 5;
const WITHIN_MS = 1_000;

export default async function fault({ log }: FaultRun): Promise<boolean> {
  const cluster = await Cluster.start();
  const slowest = { sockets: 0, refused: 0 };
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { id, key } = await cluster.key();
      const headers = { 'x-mcp-key': key };
      const sockets = cluster.replicas.flatMap(({ url }) =>
        Array.from({ length: SOCKETS }, () => new WebSocket(`${url.replace('http', 'ws')}/ws`, { headers })),
      );
      await Promise.all(sockets.map((socket) => once(socket, 'open')));
      const closed = Promise.all(sockets.map((socket) => once(socket, 'close')));
      const { url } = cluster.replicas[round % cluster.replicas.length] ?? { url: cluster.url };
      const startedAt = performance.now();
      await fetch(`${url}/admin/api-keys/${id}`, { method: 'DELETE', headers: { 'x-mcp-key': ADMIN_KEY } });
      const isRefused = async (at: string) => (await fetch(`${at}/mcp/catalog`, { headers })).status === 401;
      await Promise.all(cluster.replicas.map((replica) => until(() => isRefused(replica.url), 10_000)));
      slowest.refused = Math.max(slowest.refused, performance.now() - startedAt);
      await closed;
      slowest.sockets = Math.max(slowest.sockets, performance.now() - startedAt);
    }
  } finally {
    await cluster.stop();
  }
  log(`${ROUNDS} keys: refused at every replica after ${slowest.refused.toFixed(0)} ms at the slowest`);
  log(`all ${ROUNDS * SOCKETS * 3} sockets closed after ${slowest.sockets.toFixed(0)} ms at the slowest`);
  return slowest.refused < WITHIN_MS && slowest.sockets < WITHIN_MS;
}
