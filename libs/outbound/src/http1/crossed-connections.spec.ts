import { buildConnector } from 'undici';
import { describe, expect, it, vi } from 'vitest';
import { Exchange } from '../exchange.js';
import { closing } from '../testing/closing.js';
import { Connections, reading } from './connections.js';
import { wireServer } from './testing/wire-server.js';

const ANSWER = 'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok';

/** Says itself when a connection that was begun opens, and when it fails. */
class HeldConnects {
  readonly begun: buildConnector.Callback[] = [];
  private readonly real = buildConnector({ onread: reading, timeout: 5_000 });

  constructor(private readonly url: URL) {}

  readonly connect: buildConnector.connector = (_target, connected) => void this.begun.push(connected);

  open(place: number): void {
    const { hostname, port, protocol } = this.url;
    this.real({ hostname, port, protocol }, this.begun[place]!);
  }

  fail(place: number, code: string): void {
    this.begun[place]!(Object.assign(new Error(code), { code }), null);
  }

  async count(count: number): Promise<void> {
    await vi.waitFor(() => expect(this.begun).toHaveLength(count));
  }
}

function begin(connections: Connections): Exchange {
  const exchange = new Exchange('The server', () => undefined);
  exchange.started.catch(() => undefined);
  connections.dispatch({ method: 'POST', path: '/mcp', headers: {}, body: '{}' }, exchange);
  return exchange;
}

async function bodyOf(exchange: Exchange): Promise<string> {
  await exchange.started;
  return String(await exchange.body(1_000));
}

/** Two requests, each with a connection under way; that of the second opens first, and serves the first. */
async function crossed() {
  const server = closing(await wireServer((_request, socket) => socket.write(ANSWER)));
  const url = new URL(server.url);
  const connects = new HeldConnects(url);
  const connections = new Connections(url, connects.connect, 4);
  closing({ close: async () => connections.destroy() });
  const [first, second] = [begin(connections), begin(connections)];
  await connects.count(2);
  connects.open(1);
  expect(await bodyOf(first)).toBe('ok');
  return { second, connects };
}

describe('a request whose connection another one got', () => {
  it('gets that of the other one', async () => {
    const { second, connects } = await crossed();
    connects.open(0);
    expect(await bodyOf(second)).toBe('ok');
    expect(connects.begun).toHaveLength(2);
  });

  it('gets a new one where that of the other one fails', async () => {
    const { second, connects } = await crossed();
    connects.fail(0, 'ETIMEDOUT');
    await connects.count(3);
    connects.open(2);
    expect(await bodyOf(second)).toBe('ok');
  });

  it('fails where the new one fails too', async () => {
    const { second, connects } = await crossed();
    connects.fail(0, 'ETIMEDOUT');
    await connects.count(3);
    connects.fail(2, 'ECONNREFUSED');
    await expect(bodyOf(second)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(connects.begun).toHaveLength(3);
  });
});
