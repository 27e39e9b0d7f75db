import { createInterface } from 'node:readline';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { GatewayClient } from '../gateway-client.js';
import type { Terminal } from '../terminal.js';
import { failureOf, type Message } from './messages.js';
import { Exchange } from './exchange.js';

const PARSE_ERROR = -32700;
/** What calls that still run are given after standard input has ended. */
const LAST_ANSWERS_MS = 5_000;
/** Over a restart of the gateway. */
const RECONNECT = {
  initialReconnectionDelay: 500,
  reconnectionDelayGrowFactor: 1.5,
  maxReconnectionDelay: 5_000,
  maxRetries: 20,
};

/** Carries messages of one client between its lines and the gateway's Streamable HTTP, until its input ends. */
export async function runBridge(gateway: GatewayClient, path: string, terminal: Terminal): Promise<void> {
  const transport = new StreamableHTTPClientTransport(gateway.address(path), {
    requestInit: { headers: gateway.credential },
    reconnectionOptions: RECONNECT,
    fetch: (url, init) => watchedFetch(url, init, () => exchange.sessionLost()),
  });
  const write = (message: Message) => void terminal.stdout.write(`${JSON.stringify(message)}\n`);
  const exchange = new Exchange(transport, write, (problem) => void terminal.stderr.write(`mcp-gateway: ${problem}\n`));
  await exchange.start();

  const lines = createInterface({ input: terminal.stdin, crlfDelay: Infinity });
  terminal.interrupted.addEventListener('abort', () => lines.close(), { once: true });
  for await (const line of lines) {
    if (line.trim() === '') continue;
    const message = parsed(line);
    if (message) exchange.fromClient(message);
    else write(failureOf(null, PARSE_ERROR, 'The line is no JSON object'));
  }
  await exchange.finish(terminal.interrupted.aborted ? 0 : LAST_ANSWERS_MS);
}

/** A stream that can't be opened again because its session is gone would be tried in vain. */
async function watchedFetch(url: string | URL, init: RequestInit | undefined, lost: () => void): Promise<Response> {
  const response = await fetch(url, init);
  if (response.status === 404 && init?.method === 'GET') lost();
  return response;
}

function parsed(line: string): Message | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Message) : undefined;
  } catch {
    return undefined;
  }
}
