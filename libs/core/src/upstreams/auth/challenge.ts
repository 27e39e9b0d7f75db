import type { FetchLike } from '@modelcontextprotocol/client';
import { isUrl } from '#libs/kit';

/** What a server says of the token that it wants (RFC 6750, 3; RFC 9728, 5.1). */
export interface Challenge {
  /** Where the server describes itself. */
  readonly resourceMetadataUrl?: URL;
  readonly scope?: string;
}

/** It is somebody else's, and looked at on our event loop. */
const MAX_CHARS = 8_192;
const BEARER = /(?:^|,)\s*bearer\s+(.*)/is;
const PARAMETER = /(?<![\w-])([a-z_]{1,40})\s?=\s?(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))/gi;
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/;
/** Does nothing, whoever answers it. */
const PING = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

/** What the header `WWW-Authenticate` asks for; nothing where it is none of a bearer token. */
export function challengeIn(header: string | undefined): Challenge {
  const [, parameters = ''] = BEARER.exec((header ?? '').slice(0, MAX_CHARS)) ?? [];
  const said = new Map<string, string>();
  for (const [, name = '', quoted, plain = ''] of parameters.matchAll(PARAMETER)) {
    // another scheme may follow, whose parameters are not these
    if (!said.has(name.toLowerCase())) said.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain);
  }
  const address = said.get('resource_metadata');
  const scope = said.get('scope');
  return {
    ...(address !== undefined && isWebAddress(address) && { resourceMetadataUrl: new URL(address) }),
    ...(scope !== undefined && SCOPE.test(scope) && { scope }),
  };
}

/** What a server asks for that was not asked yet. One that says nothing describes itself at the well-known place. */
export async function challengeAt(serverUrl: string, fetchFn: FetchLike): Promise<Challenge> {
  try {
    const { status, headers: said } = await fetchFn(serverUrl, { method: 'POST', headers, body: PING });
    return status === 401 ? challengeIn(said.get('www-authenticate') ?? undefined) : {};
  } catch {
    return {};
  }
}

function isWebAddress(address: string): boolean {
  return isUrl(address) && /^https?:$/.test(new URL(address).protocol);
}
