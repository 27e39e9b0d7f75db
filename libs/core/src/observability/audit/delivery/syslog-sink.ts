import { createSocket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import { connect, isIPv6, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';
import type { AuditItem } from '../audit-item.js';
import type { AuditSink, Sender } from './audit-sink.js';
import type { SyslogAddress } from './syslog-address.js';
import { syslogMessage } from './syslog-message.js';

const SILENT_MS = 5_000;

/** Syslog (RFC 5424): over UDP (RFC 5426), TCP with counted octets (RFC 6587) or TLS (RFC 5425). */
export class SyslogSink implements AuditSink {
  readonly name = 'syslog';

  constructor(
    private readonly address: SyslogAddress,
    private readonly sender: Sender,
    private readonly caFile?: string,
  ) {}

  async deliver(lines: readonly AuditItem[], signal: AbortSignal): Promise<number> {
    const messages = lines.map((line) => syslogMessage(line, this.sender));
    if (this.address.protocol === 'udp') await this.sendDatagrams(messages);
    else await sendWhole(await this.connect(), messages.map((text) => `${text.length} ${text}`).join(''), signal);
    return lines.length;
  }

  private async connect(): Promise<Socket> {
    const { protocol, host, port } = this.address;
    if (protocol === 'tcp') return connect(port, host);
    // read each time: such files are renewed
    const ca = this.caFile === undefined ? undefined : await readFile(this.caFile);
    return connectTls({ host, port, ...(ca && { ca }), minVersion: 'TLSv1.2' });
  }

  /** Nobody says whether one has arrived. */
  private async sendDatagrams(messages: readonly string[]): Promise<void> {
    const { host, port } = this.address;
    const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
    const send = promisify((text: string, done: (error: Error | null) => void) => {
      socket.send(text, port, host, done);
    });
    try {
      for (const text of messages) await send(text);
    } finally {
      socket.close();
    }
  }
}

/**
 * Syslog confirms nothing, so each batch has a connection of its own: a collector that closes it, when told that nothing
 * more comes, has read what was sent. One that leaves it open for long is believed; one that closes it before is not.
 */
function sendWhole(socket: Socket, text: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    let isSent = false;
    const giveUp = (error: Error) => {
      reject(error);
      socket.destroy();
    };
    const abort = () => {
      giveUp(new Error('the gateway stops'));
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    socket.setTimeout(SILENT_MS, () => {
      if (!isSent) giveUp(new Error(`it took nothing for ${SILENT_MS / 1_000} s`));
      else socket.destroy();
    });
    socket.once('error', giveUp);
    socket.once('end', () => {
      if (!isSent) giveUp(new Error('it closed the connection before it had read everything'));
    });
    socket.once('close', () => {
      signal.removeEventListener('abort', abort);
      resolve();
    });
    socket.resume();
    socket.end(text, 'latin1', () => {
      isSent = true;
    });
  });
}
