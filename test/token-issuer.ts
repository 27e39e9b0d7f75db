import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Claims = Record<string, unknown>;

/** Seconds since 1970, as tokens count. */
export const now = () => Math.floor(Date.now() / 1_000);

const part = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** A token whose header, claims and signature are as they are given, right or wrong. */
export function token(header: unknown, claims: unknown, signature: (text: string) => Buffer | string): string {
  const text = `${part(header)}.${part(claims)}`;
  const signed = signature(text);
  return `${text}.${typeof signed === 'string' ? signed : signed.toString('base64url')}`;
}

export const hmac =
  (secret: string | Buffer, hash = 'sha256') =>
  (text: string) =>
    createHmac(hash, secret).update(text).digest();

export interface Signer {
  kid: string;
  publicKey: KeyObject;
  jwk: Claims;
  /** A good token, but for what is changed about it. */
  token(claims: Claims, header?: Claims): string;
}

/** A key pair of an issuer, for RS256, PS256 or ES256 and the like. */
export function signer(kid: string, alg = 'RS256', more: Claims = {}): Signer {
  const curve = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }[alg];
  const { publicKey, privateKey } = curve
    ? generateKeyPairSync('ec', { namedCurve: curve })
    : generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const padding = alg.startsWith('PS') ? { padding: 6, saltLength: -1 } : {};
  const key = curve ? { key: privateKey, dsaEncoding: 'ieee-p1363' as const } : { key: privateKey, ...padding };
  return {
    kid,
    publicKey,
    jwk: { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', ...more },
    token: (claims, header = {}) =>
      token({ alg, typ: 'JWT', kid, ...header }, claims, (text) => sign(`sha${alg.slice(2)}`, Buffer.from(text), key)),
  };
}

/** An issuer's key set on a port of its own. */
export class TokenIssuer {
  keys: unknown[] = [];
  /** Instead of the set, where it is given. */
  answer: { status: number; body: string; headers?: Record<string, string> } | undefined;
  asked = 0;
  private server: Server | undefined;
  private port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.port}/jwks.json`;
  }

  /** Listens, on the same port each time. */
  async open(): Promise<void> {
    this.server = createServer((_request, response) => {
      this.asked += 1;
      const { status, body, headers } = this.answer ?? { status: 200, body: JSON.stringify({ keys: this.keys }) };
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
    });
    await new Promise<void>((resolve) => this.server!.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    if (!server) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
