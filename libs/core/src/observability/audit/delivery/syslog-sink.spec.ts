import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { syslogAddress } from './syslog-address.js';
import { SyslogSink } from './syslog-sink.js';
import { exampleItem } from './testing/example-item.js';
import { localhost } from './testing/localhost-certificate.js';
import { syslogCollector } from './testing/syslog-collector.js';

const sender = { host: 'gateway-1', version: '1.2.3' };
const lines = Array.from({ length: 1_000 }, (_, n) => ({ ...exampleItem, seq: n + 1, arguments: { text: `€ ${n}` } }));
const { signal } = new AbortController();
const sinkTo = (url: string, caFile?: string) => new SyslogSink(syslogAddress.parse(url), sender, caFile);

function caFile(): string {
  const directory = mkdtempSync(join(tmpdir(), 'syslog-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, 'ca.pem'), localhost.cert);
  return join(directory, 'ca.pem');
}

it.each(['tcp', 'tls'] as const)('sends every line over %s, in order and in whole frames', async (protocol) => {
  const collector = await syslogCollector(protocol);
  onTestFinished(collector.close);
  await sinkTo(collector.url, caFile()).deliver(lines, signal);
  // what has resolved has arrived
  expect(collector.messages.map(({ data }) => data.meta?.sequenceId)).toEqual(lines.map(({ seq }) => String(seq)));
  expect(collector.mistakes).toEqual([]);
});

it('sends a datagram for each line over udp', async () => {
  const collector = await syslogCollector('udp');
  onTestFinished(collector.close);
  await sinkTo(collector.url).deliver(lines.slice(0, 20), signal);
  await vi.waitFor(() => expect(collector.messages).toHaveLength(20), 10_000);
  expect(collector.mistakes).toEqual([]);
});

it('does not send to a collector whose certificate nobody vouches for', async () => {
  const collector = await syslogCollector('tls');
  onTestFinished(collector.close);
  await expect(sinkTo(collector.url).deliver(lines, signal)).rejects.toMatchObject({
    code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  });
  expect(collector.messages).toEqual([]);
});

it('fails where nobody listens', async () => {
  const place = createServer().listen(0, '127.0.0.1');
  await once(place, 'listening');
  const { port } = place.address() as AddressInfo;
  await new Promise((resolve) => place.close(resolve));
  await expect(sinkTo(`syslog+tcp://127.0.0.1:${port}`).deliver(lines, signal)).rejects.toMatchObject({
    code: 'ECONNREFUSED',
  });
});

it('fails where the collector ends in the middle', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined).once('data', () => socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const many = Array.from({ length: 20 }, () => lines).flat();
  await expect(sinkTo(`syslog+tcp://127.0.0.1:${port}`).deliver(many, signal)).rejects.toThrow();
});

it('ends with the gateway, however slowly the collector reads', async () => {
  const server = createServer((socket) => socket.pause().on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const stop = new AbortController();
  const { port } = server.address() as AddressInfo;
  const sent = sinkTo(`syslog+tcp://127.0.0.1:${port}`).deliver(lines, stop.signal);
  stop.abort();
  await expect(sent).rejects.toThrow('the gateway stops');
});

it.each<[text: string, expected: unknown]>([
  ['syslog+tls://logs.example.com', { protocol: 'tls', host: 'logs.example.com', port: 6514 }],
  ['syslog+tcp://10.0.0.1:1514/', { protocol: 'tcp', host: '10.0.0.1', port: 1514 }],
  ['syslog+udp://[::1]', { protocol: 'udp', host: '::1', port: 514 }],
  ['syslog://logs.example.com', undefined],
  ['syslog+tls://user:secret@logs.example.com', undefined],
  ['syslog+tcp://logs.example.com:0', undefined],
  ['syslog+tcp://logs.example.com:70000', undefined],
  ['https://logs.example.com', undefined],
])('reads the address %s', (text, expected) => {
  expect(syslogAddress.safeParse(text).data).toEqual(expected);
});
