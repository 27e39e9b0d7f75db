import { z } from 'zod';
import { invalidField, type InputOf, type OutputOf } from '#libs/kit';
import type { CloudflareApi } from '../cloudflare-api.js';
import { malformed } from '../cloudflare-errors.js';
import type { analytics } from '../operations/analytics.js';
import { tokenPermissions } from '../token-permissions.js';
import type { Zones } from '../zones.js';
import { runGraphql } from './graphql.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The most that Cloudflare is asked for; of a longer span it would answer a part, without a word. */
const MAX_POINTS = 1_000;
/** Both ends of a span may be in the middle of a day. */
const MAX_STEPS = MAX_POINTS - 1;

/** What the two granularities are called at Cloudflare, and how far back they look when nobody says. */
const series = {
  hour: {
    field: 'httpRequests1hGroups',
    dimension: 'datetime',
    stepMs: HOUR_MS,
    defaultMs: DAY_MS,
    filter: (since: Date, until: Date) => `{ datetime_geq: "${iso(since)}", datetime_lt: "${iso(until)}" }`,
  },
  day: {
    field: 'httpRequests1dGroups',
    dimension: 'date',
    stepMs: DAY_MS,
    defaultMs: 30 * DAY_MS,
    // to the day of the last moment before the end
    filter: (since: Date, until: Date) =>
      `{ date_geq: "${dateOf(since)}", date_leq: "${dateOf(new Date(until.getTime() - 1))}" }`,
  },
} as const;

const group = z.object({
  dimensions: z.object({ datetime: z.string(), date: z.string() }).partial(),
  sum: z.object({
    requests: z.number(),
    cachedRequests: z.number(),
    bytes: z.number(),
    cachedBytes: z.number(),
    pageViews: z.number(),
    threats: z.number(),
  }),
  uniq: z.object({ uniques: z.number() }),
});

const answer = z.object({ viewer: z.object({ zones: z.array(z.object({ groups: z.array(group) })) }) });

/** The traffic of a zone, hour by hour or day by day. */
export async function trafficOf(
  api: CloudflareApi,
  zones: Zones,
  input: InputOf<typeof analytics>,
  signal: AbortSignal,
): Promise<OutputOf<typeof analytics>> {
  const { granularity } = input;
  const { since, until } = spanOf(input);
  const zoneId = await zones.idOf(input.zone, signal);
  const query = trafficQuery(zoneId, granularity, since, until);
  const read = answer.safeParse(await runGraphql(api, { query }, tokenPermissions.analyticsRead, signal));
  if (!read.success) throw malformed('something else than its analytics describe', read.error);
  const groups = read.data.viewer.zones.flatMap((zone) => zone.groups);
  return {
    zoneId,
    since: iso(since),
    until: iso(until),
    granularity,
    totals: totalsOf(groups.map(({ sum }) => sum)),
    points: groups.map(({ dimensions, sum, uniq }) => ({
      time: dimensions.datetime ?? dimensions.date ?? '',
      ...sum,
      uniqueVisitors: uniq.uniques,
    })),
  };
}

function spanOf({ granularity, ...input }: InputOf<typeof analytics>): { since: Date; until: Date } {
  const { stepMs, defaultMs } = series[granularity];
  const until = input.until === undefined ? new Date() : new Date(input.until);
  const since = input.since === undefined ? new Date(until.getTime() - defaultMs) : new Date(input.since);
  if (since >= until) throw invalidField('since', 'a time before until', iso(since));
  if (until.getTime() - since.getTime() > MAX_STEPS * stepMs) {
    throw invalidField('since', `at most ${MAX_STEPS} ${granularity}s before until`, iso(since));
  }
  return { since, until };
}

/** Values stand in the text: they are an id and times that were read, and the types of variables differ by field. */
function trafficQuery(zoneId: string, granularity: 'hour' | 'day', since: Date, until: Date): string {
  const { field, dimension, filter } = series[granularity];
  return `{ viewer { zones(filter: { zoneTag: "${zoneId}" }) {
    groups: ${field}(limit: ${MAX_POINTS}, orderBy: [${dimension}_ASC], filter: ${filter(since, until)}) {
      dimensions { ${dimension} }
      sum { requests cachedRequests bytes cachedBytes pageViews threats }
      uniq { uniques }
    }
  } } }`;
}

function totalsOf(sums: readonly z.output<typeof group>['sum'][]): z.output<typeof group>['sum'] {
  const totals = { requests: 0, cachedRequests: 0, bytes: 0, cachedBytes: 0, pageViews: 0, threats: 0 };
  for (const sum of sums) {
    for (const key of Object.keys(totals) as (keyof typeof totals)[]) totals[key] += sum[key];
  }
  return totals;
}

function dateOf(at: Date): string {
  return iso(at).slice(0, 10);
}

/** ISO 8601 to the second, as Cloudflare writes it. */
function iso(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`;
}
