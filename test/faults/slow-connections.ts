// 500 connections that send headers or bodies a byte at a time, or read nothing: another client's p99 < 500 ms, all closed in 35 s
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayProcesses } from '../gateway-process.js';
import { ADMIN_KEY, type FaultRun } from './load/account.js';
import { goodClient } from './load/good-client.js';

const CONNECTIONS = 500;
const P99_MS = 500;
const CLOSED_WITHIN_MS = 35_000;
const BYTE_EVERY_MS = 1_000;

/** Each sends for as long as it is let. */
const kinds: Record<string, (socket: Socket) => void> = {
  headers: (socket) => drip(socket, 'POST /mcp/rpc HTTP/1.1\r\nhost: localhost\r\n', 'x'),
  body: (socket) =>
    drip(
      socket,
      'POST /mcp/rpc HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n\r\n',
      ' ',
    ),
  nothing: (socket) => socket.resume(),
  reading: (socket) => {
    socket.pause();
    const ask = 'GET /openapi.json HTTP/1.1\r\nhost: localhost\r\n';
    socket.write(`${ask}\r\n`.repeat(40) + `${ask}x: `);
  },
};

export default async function fault({ log }: FaultRun): Promise<boolean> {
  const processes = new GatewayProcesses();
  const at = processes.directory();
  const gateway = processes.start({ at, env: { DATA_DIR: `${at}/data`, MCP_ADMIN_KEY: ADMIN_KEY } });
  try {
    const { hostname, port } = new URL(await gateway.ready());
    const url = `http://${hostname}:${port}`;
    const startedAt = performance.now();
    const names = Object.keys(kinds);
    const closedAfter = new Map<string, number[]>(names.map((name) => [name, []]));
    const all = Array.from({ length: CONNECTIONS }, (_, index) => {
      const name = names[index % names.length] ?? '';
      const socket = connect(Number(port), hostname, () => kinds[name]?.(socket));
      socket.on('error', () => undefined);
      const closed = new Promise<void>((resolve) => socket.once('close', resolve));
      // a paused socket hears of the end only when it is written to: a header of a last request goes on and on
      const probe = name === 'reading' ? setInterval(() => socket.write('x'), BYTE_EVERY_MS) : undefined;
      return closed.then(() => {
        clearInterval(probe);
        closedAfter.get(name)?.push(performance.now() - startedAt);
      });
    });
    const client = goodClient(url);
    await Promise.race([Promise.all(all), sleep(CLOSED_WITHIN_MS + 5_000)]);
    const { calls, failed, p99Ms } = await client.stop();
    for (const [name, times] of closedAfter) {
      log(`${name}: ${times.length} closed, the last after ${(Math.max(0, ...times) / 1_000).toFixed(1)} s`);
    }
    log(`another client: ${calls} calls, ${failed} failed, p99 ${p99Ms.toFixed(1)} ms`);
    const times = [...closedAfter.values()].flat();
    return times.length === CONNECTIONS && Math.max(...times) < CLOSED_WITHIN_MS && failed === 0 && p99Ms < P99_MS;
  } finally {
    await processes.close();
  }
}

function drip(socket: Socket, beginning: string, byte: string): void {
  // whoever does not read does not see the end
  socket.resume();
  socket.write(beginning);
  const timer = setInterval(() => socket.write(byte), BYTE_EVERY_MS);
  socket.once('close', () => clearInterval(timer));
}
