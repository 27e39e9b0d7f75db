// A key revoked with 100 connections of it open: refused, and its sockets, streams and calls ended, all within a second
import { EventReader } from '../event-reader.js';
import { GatewayProcesses, type GatewayProcess } from '../gateway-process.js';
import { connectPlain, connectSocketIo } from '../sockets.js';
import { ADMIN_KEY, type FaultRun } from './load/account.js';

const OF_EACH_KIND = 25;
const WITHIN_MS = 1_000;
const REFUSED = 401;

const admin = { 'x-mcp-key': ADMIN_KEY };
const accept = 'application/json, text/event-stream';
const request = (method: string, params: object) => ({ jsonrpc: '2.0', id: 1, method, params });

export default async function fault({ log }: FaultRun): Promise<boolean> {
  const processes = new GatewayProcesses();
  const at = processes.directory();
  const env = { DATA_DIR: `${at}/data`, MCP_ADMIN_KEY: ADMIN_KEY, TRUSTED_NETWORKS: 'none' };
  const gateway = processes.start({ at, env });
  try {
    const url = await gateway.ready();
    const { id, key } = await newKey(gateway);
    const other = await newKey(gateway);
    const ends = await openAll(url, { 'x-mcp-key': key });
    const kept = await connectSocketIo(url, 'websocket', { headers: { 'x-mcp-key': other.key } });

    const revokedAt = performance.now();
    const closed = ends.map(async ([kind, end]) => {
      await end;
      return [kind, performance.now() - revokedAt] as const;
    });
    await fetch(`${url}/admin/api-keys/${id}`, { method: 'DELETE', headers: admin });
    const refused = await statusOf(gateway, key);
    const refusedMs = performance.now() - revokedAt;
    const times = await Promise.all(closed);

    for (const kind of new Set(times.map(([name]) => name))) {
      const own = times.flatMap(([name, ms]) => (name === kind ? ms : []));
      log(`${own.length} ${kind}: the last ended after ${Math.max(...own).toFixed(0)} ms`);
    }
    log(
      `a call with it: ${refused} after ${refusedMs.toFixed(0)} ms; one with another key: ${await statusOf(gateway, other.key)}`,
    );
    const isOtherUntouched = kept.socket.connected && (await statusOf(gateway, other.key)) === 200;
    kept.close();
    return refused === REFUSED && isOtherUntouched && times.every(([, ms]) => ms < WITHIN_MS) && refusedMs < WITHIN_MS;
  } finally {
    await processes.close();
  }
}

async function newKey(gateway: GatewayProcess): Promise<{ id: string; key: string }> {
  const { body } = await gateway.post('/admin/api-keys', { name: 'k', permissions: ['read'] }, admin);
  return body as { id: string; key: string };
}

async function statusOf(gateway: GatewayProcess, key: string): Promise<number> {
  const { status } = await gateway.post('/api/services/gateway/echo', { message: 'x' }, { 'x-mcp-key': key });
  return status;
}

/** Connections of every kind, and when each ends. */
async function openAll(url: string, key: Record<string, string>) {
  const ends: (readonly [kind: string, end: Promise<unknown>])[] = [];
  for (let n = 0; n < OF_EACH_KIND; n += 1) {
    ends.push(['Socket.IO', (await connectSocketIo(url, 'websocket', { headers: key })).closed]);
    ends.push(['WebSocket', (await connectPlain(url, { headers: key })).closed]);
    ends.push(['stream of a session', (await sessionStream(url, key)).rest()]);
    ends.push(['subscription', (await subscription(url, key)).rest()]);
  }
  return ends;
}

async function sessionStream(url: string, key: Record<string, string>): Promise<EventReader> {
  const revision = '2025-11-25';
  const hello = { protocolVersion: revision, capabilities: {}, clientInfo: { name: 'fault', version: '1' } };
  const opened = await fetch(`${url}/mcp`, {
    method: 'POST',
    headers: { ...key, accept, 'content-type': 'application/json' },
    body: JSON.stringify(request('initialize', hello)),
  });
  await opened.text();
  const session = { 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '', 'mcp-protocol-version': revision };
  return EventReader.open(url, 'GET', { ...key, accept, ...session });
}

function subscription(url: string, key: Record<string, string>): Promise<EventReader> {
  const revision = '2026-07-28';
  const meta = {
    'io.modelcontextprotocol/protocolVersion': revision,
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const headers = { ...key, accept, 'mcp-protocol-version': revision, 'mcp-method': 'subscriptions/listen' };
  const asked = request('subscriptions/listen', { notifications: { toolsListChanged: true }, _meta: meta });
  return EventReader.open(url, 'POST', headers, asked);
}
