import type { Registered } from '../upstreams/registered-upstreams.js';
import type { SupervisedUpstream } from '../upstreams/supervised-upstream.js';
import { differenceOf, hashOf } from '../upstreams/definition-hash.js';
import type { Pin } from '../upstreams/tool-pins.js';

/** Of an address, what holds no credential. */
function shownUrl(url: string): string {
  const { origin, pathname, search } = new URL(url);
  return `${origin}${pathname}${search === '' ? '' : '?***'}`;
}

function masked(texts: object | undefined): Record<string, string> {
  return Object.fromEntries(Object.keys(texts ?? {}).map((name) => [name, '***']));
}

/** An upstream as admins see it. Where one of the config runs or is reached stands there. */
export function shownUpstream(upstream: SupervisedUpstream, registered: Registered | undefined) {
  const { name, origin, description, timeoutMs, offer } = upstream;
  const { state, lastFailure, quarantined } = upstream.status();
  const one = registered?.registration;
  return {
    name,
    origin,
    description,
    enabled: state !== 'disabled' && state !== 'reference',
    timeoutMs: timeoutMs ?? null,
    ...(one && {
      url: shownUrl(one.url),
      headers: masked(one.headers),
      auth: one.auth ? { type: one.auth.type } : null,
      overrides: one.overrides,
      createdAt: registered.createdAt.toISOString(),
    }),
    state,
    lastFailure: lastFailure
      ? { ...lastFailure, at: lastFailure.at.toISOString(), since: lastFailure.since.toISOString() }
      : null,
    quarantined,
    tools: offer.tools.length,
    resources: offer.resources.length,
    prompts: offer.prompts.length,
    serverInfo: offer.serverInfo,
  };
}

/** A tool with its state; a changed one with what is different, and the hash by which that is approved. */
export function shownTool({ tool, approved, pending, listed, asks, firstSeenAt, lastSeenAt }: Pin) {
  return {
    tool,
    state: !listed ? ('gone' as const) : pending ? ('quarantined' as const) : ('approved' as const),
    asks,
    definition: approved,
    ...(pending && { pending, hash: hashOf(pending), difference: differenceOf(approved, pending) }),
    firstSeenAt: firstSeenAt.toISOString(),
    lastSeenAt: lastSeenAt.toISOString(),
  };
}
