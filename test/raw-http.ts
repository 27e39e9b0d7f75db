import { connect, type Socket } from 'node:net';

/** One connection to a gateway, for what no HTTP client would send. */
export interface RawConnection {
  readonly socket: Socket;
  send(text: string | Buffer): void;
  /** Resolves with all that came once `condition` holds for it; rejects when the gateway closes the connection before. */
  until(condition: (received: string) => boolean): Promise<string>;
  /** Sends, and resolves when the gateway has taken what was sent, or closed the connection. */
  push(bytes: Buffer): Promise<void>;
  /** Resolves with all that came when the gateway has closed the connection. */
  closed(): Promise<string>;
}

export function connectTo(url: string): RawConnection {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = '';
  let over = false;
  let look: () => void = () => undefined;
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    look();
  });
  // the gateway may cut a connection on which something is still being sent
  socket.on('error', () => undefined);
  socket.on('close', () => {
    over = true;
    look();
  });
  const until = (condition: (received: string) => boolean) =>
    new Promise<string>((resolve, reject) => {
      look = () => {
        if (condition(text)) resolve(text);
        else if (over) reject(new Error(`The connection was closed after ${JSON.stringify(text)}`));
      };
      look();
    });
  return {
    socket,
    send: (bytes) => void socket.write(bytes),
    until,
    push: async (bytes) => {
      if (over || socket.write(bytes)) return;
      await new Promise<void>((resolve) => {
        const goOn = () => {
          socket.off('drain', goOn).off('close', goOn);
          resolve();
        };
        socket.on('drain', goOn).on('close', goOn);
      });
    },
    closed: () => until(() => over),
  };
}

/** Sends one text and answers all that comes until the gateway closes the connection. */
export function exchange(url: string, text: string | Buffer): Promise<string> {
  const connection = connectTo(url);
  connection.send(text);
  return connection.closed();
}

export function statusesOf(received: string): number[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]));
}
