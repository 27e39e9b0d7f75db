import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface WebServer {
  readonly server: Server;
  readonly port: number;
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Every request that came, with its body. */
  readonly requests: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[];
  /** Connections that were ever made, and those that are open. */
  readonly sockets: { all: number; open: Set<Socket> };
  close(): Promise<void>;
}

/** A server on a free port of 127.0.0.1; `answer` is asked once the body of a request is there. */
export async function webServer(answer: RequestListener): Promise<WebServer> {
  const requests: WebServer['requests'] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      const { method = '', url = '', headers } = request;
      requests.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      answer(request, response);
    });
  });
  const sockets = { all: 0, open: new Set<Socket>() };
  server.on('connection', (socket) => {
    sockets.all += 1;
    sockets.open.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.open.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    server,
    port,
    url: `http://127.0.0.1:${port}`,
    requests,
    sockets,
    close: async () => {
      server.close();
      server.closeAllConnections();
      for (const socket of sockets.open) socket.destroy();
      if (server.listening) await once(server, 'close');
    },
  };
}
