import { z } from 'zod';
import { OperationError, type InputOf, type OutputOf } from '#libs/kit';
import type { CloudflareApi } from './cloudflare-api.js';
import type * as cache from './operations/cache.js';
import { tokenPermissions } from './token-permissions.js';
import type { Zones } from './zones.js';

const kinds = ['files', 'tags', 'hosts', 'prefixes'] as const;

/** Purges one kind of thing, since Cloudflare takes one at a time. */
export async function purge(
  api: CloudflareApi,
  zones: Zones,
  input: InputOf<typeof cache.purge>,
  signal: AbortSignal,
): Promise<OutputOf<typeof cache.purge>> {
  const named = kinds.flatMap((kind) => (input[kind] ? [{ kind, items: input[kind] }] : []));
  const [purged] = named;
  if (!purged || named.length > 1) {
    const got = named.map(({ kind }) => kind).join(' and ') || 'none of them';
    throw new OperationError('invalid', `Name either files, tags, hosts or prefixes; got ${got}`, {
      issues: [{ path: '', expected: 'one of files, tags, hosts and prefixes', got }],
    });
  }
  const zoneId = await zones.idOf(input.zone, signal);
  await send(api, zoneId, { [purged.kind]: purged.items }, signal);
  return { zoneId, purged };
}

export async function purgeEverything(
  api: CloudflareApi,
  zones: Zones,
  input: InputOf<typeof cache.purgeEverything>,
  signal: AbortSignal,
): Promise<OutputOf<typeof cache.purgeEverything>> {
  const zoneId = await zones.idOf(input.zone, signal);
  await send(api, zoneId, { purge_everything: true }, signal);
  return { zoneId, purged: 'everything' };
}

/** Purged twice is purged once: it may be sent again. */
async function send(api: CloudflareApi, zoneId: string, json: object, signal: AbortSignal): Promise<void> {
  const path = `/zones/${zoneId}/purge_cache`;
  const permission = tokenPermissions.cachePurge;
  await api.request({ method: 'POST', path, json, permission, signal, idempotent: true }, z.unknown());
}
