import type { IncomingHttpHeaders } from 'node:http';

const MAX_SHOWN = 50;
const MAX_VALUE = 1_000;

/** What holds a session, belongs to the connection, or tells browsers what to do. The body is inflated by now. */
const hidden = new Set([
  'accept-ch',
  'alt-svc',
  'connection',
  'content-encoding',
  'content-length',
  'content-security-policy',
  'content-security-policy-report-only',
  'cross-origin-embedder-policy',
  'cross-origin-opener-policy',
  'cross-origin-resource-policy',
  'expect-ct',
  'keep-alive',
  'nel',
  'origin-agent-cluster',
  'p3p',
  'permissions-policy',
  'proxy-authenticate',
  'referrer-policy',
  'report-to',
  'reporting-endpoints',
  'server-timing',
  'set-cookie',
  'set-cookie2',
  'strict-transport-security',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-content-type-options',
  'x-frame-options',
  'x-xss-protection',
]);

/** The headers of an answer that are of use to an agent, each as one text. */
export function shownHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const shown = Object.entries(headers).filter(([name]) => !hidden.has(name));
  return Object.fromEntries(
    shown.slice(0, MAX_SHOWN).map(([name, value]) => [name, [value].flat().join(', ').slice(0, MAX_VALUE)]),
  );
}
