import type { LookupFunction, Socket } from 'node:net';
import { buildConnector, Pool, ProxyAgent, type Dispatcher } from 'undici';
import { Connections, reading } from './http1/connections.js';

const CONNECTIONS = 256;
const CONNECT_TIMEOUT_MS = 10_000;
/** How long an idle connection is kept where its server does not say. */
const KEEP_ALIVE_MS = 15_000;
const MAX_HEADER_BYTES = 64 * 1024;

const limits = { connections: CONNECTIONS, keepAliveTimeout: KEEP_ALIVE_MS, maxHeaderSize: MAX_HEADER_BYTES };
const tls = { timeout: CONNECT_TIMEOUT_MS };

/** Returns the socket, which its type does not tell. */
type Connect = (...args: Parameters<buildConnector.connector>) => Socket;

/** The connections to one origin, and how many requests use them. */
export class OriginPool {
  readonly dispatcher: Dispatcher;
  /** For short messages (`HttpRequest.isMessage`); none where the way is not a plain one. */
  readonly messages: Connections | undefined;
  inFlight = 0;
  /** By the clock of `performance.now()`. */
  lastUsed = 0;
  private readonly connecting = new Set<Socket>();

  /**
   * `lookup` resolves the host of `url`, without it the system does; `socketPath` stands for both. With `proxy`, that one
   * resolves.
   */
  constructor(
    url: URL,
    way: { lookup?: LookupFunction; socketPath?: string },
    readonly proxy?: string,
  ) {
    this.dispatcher =
      proxy === undefined
        ? new Pool(url.origin, { ...limits, connect: this.connector({ ...tls, ...way }) })
        : proxyAgent(url, proxy);
    if (proxy !== undefined || way.socketPath !== undefined) return;
    this.messages = new Connections(url, this.connector({ ...tls, ...way, onread: reading }), CONNECTIONS);
  }

  enter(): void {
    this.inFlight += 1;
  }

  leave(): void {
    this.inFlight -= 1;
    this.lastUsed = performance.now();
    if (this.inFlight > 0 || this.connecting.size === 0) return;
    for (const socket of this.connecting) socket.destroy(nobodyWaits());
  }

  /** Requests that were given up before they had a connection may still wait here: they are not finished. */
  async close(): Promise<void> {
    this.messages?.destroy();
    await this.dispatcher.destroy();
  }

  /** Closes connections that are idle for too long, as undici does with its own. */
  sweep(): void {
    this.messages?.sweep();
  }

  private connector(options: buildConnector.BuildOptions): buildConnector.connector {
    const connect = buildConnector(options) as Connect;
    return (target, connected) => {
      // undici connects anew after a request was broken off
      if (this.inFlight === 0) {
        connected(nobodyWaits(), null);
        return;
      }
      const socket = connect(target, (...result) => {
        this.connecting.delete(socket);
        connected(...result);
      });
      this.connecting.add(socket);
    };
  }
}

/** Plain http goes through as proxies know it, https in a tunnel. */
function proxyAgent(url: URL, proxy: string): Dispatcher {
  return new ProxyAgent({
    ...limits,
    uri: proxy,
    proxyTls: tls,
    requestTls: tls,
    proxyTunnel: url.protocol === 'https:',
    clientFactory: (origin, options) => new Pool(origin, { ...options, headersTimeout: CONNECT_TIMEOUT_MS }),
  });
}

function nobodyWaits(): Error {
  return new Error('No request waits for a connection');
}
