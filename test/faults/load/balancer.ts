import { once } from 'node:events';
import { Agent, createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Behind {
  readonly url: URL;
  isGone: boolean;
}

/** Sends requests to gateways in turn, as a balancer without sticky sessions does. */
export class Balancer {
  /** Requests that were lost with the gateway that had them. */
  lost = 0;
  private turn = 0;
  private readonly behind: Behind[];
  private readonly agent = new Agent({ keepAlive: true });
  private readonly server: Server = createServer((client, answer) => void this.take(client, answer));

  private constructor(urls: readonly string[]) {
    this.behind = urls.map((url) => ({ url: new URL(url), isGone: false }));
  }

  static async start(urls: readonly string[], port: number): Promise<Balancer> {
    const balancer = new Balancer(urls);
    balancer.server.listen(port, '127.0.0.1');
    await once(balancer.server, 'listening');
    return balancer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** From now on this gateway has its turns too. */
  add(url: string): void {
    this.behind.push({ url: new URL(url), isGone: false });
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    this.agent.destroy();
    await Promise.resolve();
  }

  private async take(client: IncomingMessage, answer: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of client) chunks.push(chunk as Buffer);
    this.pass(client, Buffer.concat(chunks), answer);
  }

  private pass(client: IncomingMessage, body: Buffer, answer: ServerResponse): void {
    const there = this.behind.filter(({ isGone }) => !isGone);
    const to = there[(this.turn += 1) % there.length];
    if (!to) {
      answer.writeHead(503).end();
      return;
    }
    // with the client's own Host, as balancers are told to: what a page's Origin is compared with
    const { method, headers } = client;
    const passed = request(new URL(client.url ?? '/', to.url), { method, headers, agent: this.agent });
    let wasSent = false;
    passed.once('socket', (socket) => {
      if (socket.connecting) socket.once('connect', () => (wasSent = true));
      else wasSent = true;
    });
    passed.once('response', (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
      response.once('error', () => {
        this.lost += 1;
        answer.destroy();
      });
    });
    passed.once('error', () => {
      to.isGone = true;
      if (!wasSent) this.pass(client, body, answer);
      else {
        this.lost += 1;
        answer.writeHead(502).end();
      }
    });
    answer.once('close', () => passed.destroy());
    passed.end(body);
  }
}
