import { OperationError } from '#libs/kit';
import { ACCEPT_ENCODING } from './inflate.js';
import { ofFrozen } from './of-frozen.js';

/** What belongs to the connection, and what says where a message ends or who is asked, is not for callers to set. */
const refused = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** All that goes to another origin after a redirect: headers that hold no credential, by whatever name one may have. */
const harmless = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'content-encoding',
  'content-language',
  'content-type',
  'user-agent',
]);

export type Headers = Readonly<Record<string, string>>;

/**
 * The headers to send, their names in lower case. Throws `invalid` for one that is not for callers to set. Who sends the same
 * again and again freezes them, so that they are looked at once.
 */
export const requestHeaders = ofFrozen((given: Headers): Headers => {
  const headers: Record<string, string> = { 'user-agent': 'mcp-gateway', 'accept-encoding': ACCEPT_ENCODING };
  for (const [name, text] of Object.entries(given)) {
    const lower = name.toLowerCase();
    if (refused.has(lower)) {
      throw new OperationError('invalid', `The header ${lower} is set by the gateway; leave it out`, {
        issues: [{ path: 'headers', expected: `no ${lower}`, got: 'one' }],
      });
    }
    headers[lower] = text;
  }
  return headers;
});

export function withoutCredentials(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => harmless.has(name)));
}

/** For a redirect that goes on without a body. */
export function withoutBody(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('content-')));
}
