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

/** What headers say by themselves, found out once: requests share those whose heads are the same. */
interface HeaderFacts {
  /** In which it was found: a changed copy of headers brings what is kept on them along. */
  readonly headers: object;
  readonly isForwarded: boolean;
  readonly credentials: readonly Credential[];
}

const FACTS = Symbol('facts');
type Headers = HttpRequest['headers'] & { [FACTS]?: HeaderFacts };

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
  if (!factsOf(request).isForwarded) return { address: peer, direct: true };
  if (!proxies.includes(peer)) return { address: peer, direct: false };

  const chain = forwardedChain(request.headers);
  const client = chain.findLast((address) => !proxies.includes(address)) ?? chain[0];
  return client !== undefined && isAddress(client)
    ? { address: client, direct: true }
    : { address: peer, direct: false };
}

function factsOf({ headers, rawHeaders }: HttpRequest): HeaderFacts {
  const known = (headers as Headers)[FACTS];
  if (known?.headers === headers) return known;
  const facts = {
    headers,
    isForwarded: hasForwardingHeader(headers),
    credentials: credentialsIn(headers, rawHeaders),
  };
  return ((headers as Headers)[FACTS] = facts);
}

function hasForwardingHeader(headers: Headers): boolean {
  for (const name in headers) {
    if (forwardingHeaders.has(name) || name.startsWith('x-forwarded')) return true;
  }
  return false;
}

/** How a credential came in; each way has a passport strategy of the same name. */
export const credentialWays = ['x-mcp-key', 'x-api-key', 'bearer', 'query'] as const;
export type CredentialWay = (typeof credentialWays)[number];

export interface Credential {
  readonly way: CredentialWay;
  readonly value: string;
  /** By which keys are known that were recognised before; made when it is looked for among them. */
  digest: string | undefined;
}

/** Every credential that the request presents, also such as can't be right. */
export function credentialsOf(request: HttpRequest, allowQueryKey: boolean): readonly Credential[] {
  const { credentials } = factsOf(request);
  if (!allowQueryKey || !request.url?.includes('?')) return credentials;
  const query = new URLSearchParams(request.url.slice(request.url.indexOf('?')));
  return [...credentials, ...query.getAll('api_key').map((value) => credential('query', value))];
}

function credentialsIn(headers: Headers, rawHeaders: readonly string[]): Credential[] {
  const found: Credential[] = [];
  for (const way of ['x-mcp-key', 'x-api-key'] as const) {
    const key = headers[way];
    if (key !== undefined) found.push(credential(way, String(key).trim()));
  }
  if (headers.authorization === undefined) return found;
  // node keeps the first of several Authorization headers and drops the others without a word
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() !== 'authorization') continue;
    found.push(credential('bearer', bearerToken(rawHeaders[i + 1] ?? '')));
  }
  return found;
}

/** A credential as it came. */
export function credential(way: CredentialWay, value: string): Credential {
  return { way, value, digest: undefined };
}

/** An empty text, which no key equals, for any scheme but Bearer. */
function bearerToken(header: string): string {
  return /^bearer +(\S+)\s*$/i.exec(header)?.[1] ?? '';
}
