import type { Zone } from 'cloudflare/resources/zones/zones';
import { z } from 'zod';
import { empty, notFound, pageOf, paging, queryOf, route, type Route } from './call.js';
import type { State } from './state.js';

const statuses = ['initializing', 'pending', 'active', 'moved'] as const;
const id = /^[0-9a-f]{32}$/;

/** The zone of a route's `:zone`. */
export function zoneOf({ zones }: State, { zone = '' }: Readonly<Record<string, string>>): Zone {
  const found = id.test(zone) ? zones.get(zone) : undefined;
  if (!found) throw notFound(7_003, `Could not route to /zones/${zone}, the zone was`);
  return found;
}

export function zoneRoutes(state: State): Route[] {
  return [
    route<Zone[]>('GET', '/zones', (call) => {
      const { name, status, ...page } = queryOf(call, {
        ...paging(50, 5),
        name: z.string().optional(),
        status: z.enum(statuses).optional(),
      });
      const fits = (zone: Zone) => nameFits(zone.name, name) && (status === undefined || zone.status === status);
      return pageOf([...state.zones.values()].filter(fits), page);
    }),
    route<Zone>('GET', '/zones/:zone', async (call) => {
      await empty(call);
      return { result: zoneOf(state, call.params) };
    }),
  ];
}

/** `equal`, the default, and the other operators that may stand before a name. */
function nameFits(name: string, wanted: string | undefined): boolean {
  if (wanted === undefined) return true;
  const [operator, text] = wanted.includes(':') ? wanted.split(':', 2) : ['equal', wanted];
  if (operator === 'contains') return name.includes(text ?? '');
  return operator === 'equal' && name === text;
}
