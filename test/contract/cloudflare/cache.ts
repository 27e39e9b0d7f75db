import type { CachePurgeResponse } from 'cloudflare/resources/cache/cache';
import { z } from 'zod';
import { jsonOf, route, type Route } from './call.js';
import type { State } from './state.js';
import { zoneOf } from './zones.js';

const items = z.array(z.string().min(1)).min(1).max(100);
const body = z.union([
  z.strictObject({ purge_everything: z.literal(true) }),
  z.strictObject({
    files: z
      .array(z.url({ protocol: /^https?$/ }))
      .min(1)
      .max(100),
  }),
  z.strictObject({ tags: items }),
  z.strictObject({ hosts: items }),
  z.strictObject({ prefixes: items }),
]);

export function cacheRoutes(state: State): Route[] {
  return [
    route<CachePurgeResponse>('POST', '/zones/:zone/purge_cache', async (call) => {
      const zone = zoneOf(state, call.params);
      state.purges.push({ zone: zone.name, what: await jsonOf(call, body) });
      return { result: { id: zone.id } };
    }),
  ];
}
