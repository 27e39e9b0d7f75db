import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { localhost } from './localhost-certificate.js';

export interface SyslogMessage {
  facility: number;
  severity: number;
  time: string;
  host: string;
  app: string;
  process: string;
  id: string;
  data: Record<string, Record<string, string>>;
  text: string;
}

const PRINTABLE = '[\\x21-\\x7e]';
const NAME = '[\\x21\\x23-\\x3c\\x3e-\\x5c\\x5e-\\x7e]{1,32}';
const VALUE = '"(?:[^"\\\\\\]]|\\\\["\\\\\\]])*"';
const HEADER = new RegExp(
  `^<(\\d|[1-9]\\d|1[0-8]\\d|19[01])>1 (-|\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,6})?(?:Z|[+-]\\d\\d:\\d\\d)) ` +
    `(${PRINTABLE}{1,255}) (${PRINTABLE}{1,48}) (${PRINTABLE}{1,128}) (${PRINTABLE}{1,32}) ` +
    `(-|(?:\\[${NAME}(?: ${NAME}=${VALUE})*\\])+)(?: ([\\s\\S]*))?$`,
);

/** Reads one message as RFC 5424, section 6 has it, to the letter. Throws for anything else. */
export function parseSyslog(message: string): SyslogMessage {
  const found = HEADER.exec(message);
  if (!found) throw new Error(`This is no message of RFC 5424: ${message.slice(0, 300)}`);
  const [, priority, time = '', host = '', app = '', process = '', id = '', structured = '', text = ''] = found;
  const data: SyslogMessage['data'] = {};
  for (const [element, sdId = ''] of structured.matchAll(new RegExp(`\\[(${NAME})(?: ${NAME}=${VALUE})*\\]`, 'g'))) {
    const parameters = element.matchAll(new RegExp(` (${NAME})=(${VALUE})`, 'g'));
    if (sdId in data) throw new Error(`The element ${sdId} comes twice`);
    data[sdId] = Object.fromEntries(
      [...parameters].map(([, name, value = '']) => [name, value.slice(1, -1).replaceAll(/\\(["\\\]])/g, '$1')]),
    );
  }
  const both = Number(priority);
  return { facility: Math.floor(both / 8), severity: both % 8, time, host, app, process, id, data, text };
}

/** Reads frames with counted octets (RFC 6587, 3.4.1); answers what is left of an unfinished one. */
function readFrames(bytes: Buffer, take: (message: string) => void): Buffer {
  let rest = bytes;
  for (;;) {
    const length = /^([1-9]\d{0,9}) /.exec(rest.toString('latin1', 0, 11));
    if (!length) {
      if (rest.length > 10) throw new Error(`This is no frame: ${rest.toString('latin1', 0, 100)}`);
      return rest;
    }
    const end = length[0].length + Number(length[1]);
    if (rest.length < end) return rest;
    take(rest.toString('utf8', length[0].length, end));
    rest = rest.subarray(end);
  }
}

export interface SyslogCollector {
  readonly url: string;
  readonly messages: SyslogMessage[];
  /** What was sent that is not as the RFCs want it. */
  readonly mistakes: string[];
  close(): Promise<void>;
}

/** A collector on a free port, or on the one that it had before. It keeps what it reads. */
export async function syslogCollector(protocol: 'tcp' | 'tls' | 'udp', port = 0): Promise<SyslogCollector> {
  const messages: SyslogMessage[] = [];
  const mistakes: string[] = [];
  const guarded = (work: () => void) => {
    try {
      work();
    } catch (error) {
      mistakes.push(String(error));
    }
  };
  const take = (message: string) => void messages.push(parseSyslog(message));
  if (protocol === 'udp') {
    const socket = createSocket('udp4').on('message', (bytes) => guarded(() => take(bytes.toString())));
    socket.bind(port, '127.0.0.1');
    await once(socket, 'listening');
    const url = `syslog+udp://127.0.0.1:${socket.address().port}`;
    return { url, messages, mistakes, close: () => new Promise((resolve) => socket.close(() => resolve())) };
  }

  const sockets = new Set<Socket>();
  const serve = (socket: Socket) => {
    let rest: Buffer = Buffer.alloc(0);
    sockets.add(socket.on('error', () => undefined).once('close', () => sockets.delete(socket)));
    socket.on('data', (bytes: Buffer) => {
      guarded(() => (rest = readFrames(Buffer.concat([rest, bytes]), take)));
    });
    socket.once('end', () => {
      if (rest.length > 0) mistakes.push(`A frame was not finished: ${rest.toString('latin1', 0, 100)}`);
    });
  };
  const server = protocol === 'tls' ? createTlsServer(localhost, serve) : createServer(serve);
  server.on('tlsClientError', () => undefined);
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return {
    url: `syslog+${protocol}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    messages,
    mistakes,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
