// Clients of every kind that come and go, --rounds=2000: no descriptor of the gateway is left open
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventReader } from '../event-reader.js';
import { GatewayProcesses, type GatewayProcess } from '../gateway-process.js';
import { connectPlain, connectSocketIo } from '../sockets.js';
import { type FaultRun } from './load/account.js';

const SETTLES_WITHIN_MS = 30_000;
/** Connections to the store and to databases that are opened when they are first needed. */
const LATE_POOLS = 4;
const listen = {
  jsonrpc: '2.0',
  id: 1,
  method: 'subscriptions/listen',
  params: {
    notifications: { toolsListChanged: true },
    _meta: {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    },
  },
};
const listenHeaders = {
  accept: 'application/json, text/event-stream',
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': 'subscriptions/listen',
};

/** Each comes, and leaves in its own way. */
const visits: Record<string, (gateway: GatewayProcess, url: string) => Promise<unknown>> = {
  call: (gateway) => gateway.query('SELECT 1'),
  file: (gateway) => gateway.post('/api/services/workspace/list_directory', { path: '.' }),
  process: (gateway) => gateway.post('/api/services/workspace/execute_command', { command: 'ls' }),
  'socket that is reset': async (_, url) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined);
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.write('POST /mcp/rpc HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n{');
    socket.resetAndDestroy();
  },
  stream: async (_, url) => (await EventReader.open(url, 'POST', listenHeaders, listen)).response.destroy(),
  'Socket.IO': async (_, url) => (await connectSocketIo(url, 'websocket')).close(),
  WebSocket: async (_, url) => (await connectPlain(url)).socket.terminate(),
};

export default async function fault({ log, options }: FaultRun): Promise<boolean> {
  const rounds = Number(options.rounds ?? 2_000);
  const processes = new GatewayProcesses();
  const at = processes.directory();
  const gateway = processes.start({ at, env: { DATA_DIR: `${at}/data` } });
  const kinds = Object.values(visits);
  try {
    const url = await gateway.ready();
    for (const visit of [...kinds, ...kinds]) await visit(gateway, url);
    const before = await settled(gateway.pid);
    for (let round = 0; round < rounds; round += 1) await kinds[round % kinds.length]?.(gateway, url);
    const after = await settled(gateway.pid);
    log(`${rounds} visits, of ${Object.keys(visits).join(', ')}`);
    log(`descriptors: ${before} before, ${after} after`);
    return after <= before + LATE_POOLS;
  } finally {
    await processes.close();
  }
}

/** Descriptors once none is on its way to be closed. */
async function settled(pid: number): Promise<number> {
  const count = () => readdirSync(`/proc/${pid}/fd`).length;
  let last = count();
  for (let since = performance.now(), still = 0; still < 3 && performance.now() - since < SETTLES_WITHIN_MS;) {
    await sleep(1_000);
    const now = count();
    still = now === last ? still + 1 : 0;
    last = now;
  }
  return last;
}
