import type { HttpRequest } from '#libs/kit';
import { forwardedChain } from './forwarded-chain.js';
import { isAddress, type Networks } from './networks.js';

/** Headers by which proxies tell of the client behind them. Any of them ends trust by address, unless from a known proxy. */
const forwardingHeaders = new Set([
  'cdn-loop',
  'cf-connecting-ip',
  'cf-connecting-ipv6',
  'cf-pseudo-ipv4',
  'cf-ray',
  'client-ip',
  'fastly-client-ip',
  'fly-client-ip',
  'forwarded',
  'forwarded-for',
  'proxy-client-ip',
  'true-client-ip',
  'via',
  'wl-proxy-client-ip',
  'x-amz-cf-id',
  'x-amzn-trace-id',
  'x-appengine-user-ip',
  'x-azure-clientip',
  'x-azure-socketip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-envoy-external-address',
  'x-original-forwarded-for',
  'x-original-host',
  'x-originating-ip',
  'x-proxyuser-ip',
  'x-real-ip',
  'x-remote-addr',
  'x-remote-ip',
  'x-varnish',
]);

/** Where a request comes from, as far as that can be relied on. */
export interface Origin {
  /** The peer's address, or the client's behind a known proxy. */
  address: string;
  /** False when something between the client and us may hide who it is. */
  direct: boolean;
  /** The use of its key was counted: the edge and Nest's guard both ask who is calling. */
  counted?: boolean;
  /** It was let in before: that its credential is over is no attempt to get in. */
  letInBefore?: boolean;
}

/** Kept on the request: a weak map of all of them costs the garbage collector more than finding it out. */
const ORIGIN = Symbol('origin');
type Located = HttpRequest & { [ORIGIN]?: Origin };

/** Where a request comes from, found out once. */
export function originOf(request: Located, proxies: Networks): Origin {
  return (request[ORIGIN] ??= findOrigin(request, proxies));
}

/** The address of a request that the edge has let in. */
export function addressOf(request: Located): string {
  return request[ORIGIN]?.address ?? request.socket.remoteAddress ?? '';
}

/**
 * The socket's address counts. Behind a known proxy the client is the rightmost address of X-Forwarded-For (or
 * Forwarded) that is no known proxy itself; a chain that can't be read leaves the request without trust.
 */
function findOrigin(request: HttpRequest, proxies: Networks): Origin {
  const peer = request.socket.remoteAddress ?? '';
  if (!hasForwardingHeader(request)) return { address: peer, direct: true };
  if (!proxies.includes(peer)) return { address: peer, direct: false };

  const chain = forwardedChain(request.headers);
  const client = chain.findLast((address) => !proxies.includes(address)) ?? chain[0];
  return client !== undefined && isAddress(client)
    ? { address: client, direct: true }
    : { address: peer, direct: false };
}

function hasForwardingHeader(request: HttpRequest): boolean {
  for (const name in request.headers) {
    if (forwardingHeaders.has(name) || name.startsWith('x-forwarded')) return true;
  }
  return false;
}

/** How a credential came in; each way has a passport strategy of the same name. */
export const credentialWays = ['x-mcp-key', 'x-api-key', 'bearer', 'query'] as const;
export type CredentialWay = (typeof credentialWays)[number];

export interface Credential {
  way: CredentialWay;
  value: string;
}

/** Every credential that the request presents, also such as can't be right. */
export function credentialsOf(request: HttpRequest, allowQueryKey: boolean): Credential[] {
  const { headers } = request;
  const key = headers['x-mcp-key'];
  const other = headers['x-api-key'];
  // one is what most requests present: a list that grows takes room for many
  const found: Credential[] = key === undefined ? [] : [{ way: 'x-mcp-key', value: String(key).trim() }];
  if (other !== undefined) found.push({ way: 'x-api-key', value: String(other).trim() });
  if (headers.authorization !== undefined) {
    // node keeps the first of several Authorization headers and drops the others without a word
    for (let i = 0; i < request.rawHeaders.length; i += 2) {
      if (request.rawHeaders[i]?.toLowerCase() !== 'authorization') continue;
      found.push({ way: 'bearer', value: bearerToken(request.rawHeaders[i + 1] ?? '') });
    }
  }
  if (allowQueryKey && request.url?.includes('?')) {
    const query = new URLSearchParams(request.url.slice(request.url.indexOf('?')));
    found.push(...query.getAll('api_key').map((value) => ({ way: 'query' as const, value })));
  }
  return found;
}

/** An empty text, which no key equals, for any scheme but Bearer. */
function bearerToken(header: string): string {
  return /^bearer +(\S+)\s*$/i.exec(header)?.[1] ?? '';
}
