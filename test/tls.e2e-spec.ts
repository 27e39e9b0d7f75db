import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { selfSigned } from '../libs/outbound/src/testing/certificate.js';
import { localhost } from '../libs/core/src/observability/audit/delivery/testing/localhost-certificate.js';
import { readCertificate } from '../libs/core/src/edge/tls/certificate-files.js';
import { CertificateRenewal } from '../libs/core/src/edge/tls/certificate-renewal.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';

const directory = mkdtempSync(join(tmpdir(), 'mcp-gateway-tls-'));
const fileOf = (name: string, content: string): string => {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
};
const tlsCertFile = fileOf('cert.pem', localhost.cert);
const tlsKeyFile = fileOf('key.pem', localhost.key);
const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: localhost.cert });
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startGateway({ env: { TLS_CERT_FILE: tlsCertFile, TLS_KEY_FILE: tlsKeyFile } });
});
afterAll(async () => {
  agent.destroy();
  await gateway.close();
  rmSync(directory, { recursive: true });
});

interface Told {
  status: number | undefined;
  body: unknown;
  certificate: string;
}

function ask(path: string, body?: string, options: RequestOptions = {}): Promise<Told> {
  const method = body === undefined ? 'GET' : 'POST';
  const headers = { 'X-MCP-Key': ADMIN_KEY, 'Content-Type': 'application/json' };
  return new Promise((resolve, reject) => {
    const asking = httpsRequest(`${gateway.url}${path}`, { agent, method, headers, ...options }, (answer) => {
      const { subject } = (answer.socket as TLSSocket).getPeerCertificate();
      let text = '';
      answer.on('data', (part: Buffer) => (text += part.toString()));
      answer.on('end', () => {
        resolve({ status: answer.statusCode, body: JSON.parse(text), certificate: String(subject?.CN) });
      });
    });
    asking.on('error', reject).end(body);
  });
}

const echo = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'mcp.execute',
  params: { service: 'gateway', operation: 'echo', message: 'x' },
});

describe('a gateway with a certificate', () => {
  it('says so in its address', () => {
    expect(gateway.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  });

  it.each([0, 100_000])('answers one call after another over one connection, with %i blanks', async (blanks) => {
    for (let i = 0; i < 3; i += 1) {
      expect(await ask('/mcp/rpc', echo + ' '.repeat(blanks))).toMatchObject({
        status: 200,
        body: { result: { data: { message: 'x' } } },
      });
      expect(await ask('/health')).toMatchObject({ status: 200, body: { status: 'healthy' } });
    }
  });

  it('speaks with sockets', async () => {
    const { port } = new URL(gateway.url);
    const client = io(gateway.url, { ca: localhost.cert, auth: { apiKey: ADMIN_KEY }, reconnection: false } as object);
    const welcome = await new Promise<{ caller: unknown }>((resolve, reject) => {
      client.once('welcome', resolve).once('connect_error', reject);
    });
    expect(welcome.caller).toBeTruthy();
    client.disconnect();
    const socket = new WebSocket(`wss://localhost:${port}/ws`, { ca: localhost.cert });
    const first = await new Promise((resolve, reject) => socket.once('message', resolve).once('error', reject));
    expect(String(first)).toContain('welcome');
    socket.close();
  });

  it('answers nobody who speaks HTTP', async () => {
    await expect(fetch(gateway.url.replace('https', 'http'))).rejects.toThrow();
    expect((await ask('/health')).status).toBe(200);
  });

  it('shows a renewed certificate to those who come, as soon as both files belong together', async () => {
    const { gateway: running } = gateway;
    const files = { tlsCertFile, tlsKeyFile };
    const renewal = new CertificateRenewal(running.app.getHttpServer() as never, files as never);
    const seen = async () => (await ask('/health', undefined, { agent: false, rejectUnauthorized: false })).certificate;
    expect(await seen()).toBe('localhost');
    writeFileSync(tlsCertFile, selfSigned.cert);
    renewal.look();
    expect(await seen()).toBe('localhost');
    writeFileSync(tlsKeyFile, selfSigned.key);
    renewal.look();
    expect(await seen()).toBe('secure.example.com');
  });
});

it.each([
  ['the key alone', { tlsKeyFile }, 'TLS_KEY_FILE needs TLS_CERT_FILE'],
  ['the certificate alone', { tlsCertFile }, 'TLS_CERT_FILE needs TLS_KEY_FILE'],
  ['no file', { tlsCertFile: join(directory, 'none'), tlsKeyFile }, 'TLS_CERT_FILE names can’t be read (ENOENT)'],
  ['no certificate', { tlsCertFile: fileOf('no.pem', 'no'), tlsKeyFile }, 'TLS_CERT_FILE must hold a certificate'],
  ['no key', { tlsCertFile, tlsKeyFile: fileOf('no-key.pem', 'no') }, 'TLS_KEY_FILE must hold a private key'],
  [
    'two that don’t belong together',
    { tlsCertFile: fileOf('a.pem', localhost.cert), tlsKeyFile: fileOf('b.pem', selfSigned.key) },
    'TLS_KEY_FILE must hold the key of the certificate',
  ],
])('a start with %s is refused', (_, files, message) => {
  expect(() => readCertificate({ tlsCertFile: undefined, tlsKeyFile: undefined, ...files })).toThrow(message);
});
