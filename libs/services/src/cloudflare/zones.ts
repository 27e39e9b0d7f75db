import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { invalidField, type InputOf, type OutputOf } from '#libs/kit';
import { CloudflareApi } from './cloudflare-api.js';
import { CloudflareSettings } from './cloudflare.settings.js';
import type { zonesGet, zonesList } from './operations/zones.js';
import { pageFacts, pageQuery } from './paging.js';
import { rawOf } from './raw.js';
import { tokenPermissions } from './token-permissions.js';

/** How long a name is taken for the same zone, in milliseconds. */
const NAME_TTL_MS = 5 * 60_000;
const MAX_NAMES = 1_000;

const permission = tokenPermissions.zoneRead;

const zone = z
  .object({
    id: z.string(),
    name: z.string(),
    status: z.string().nullish(),
    paused: z.boolean().nullish(),
    type: z.string().nullish(),
    name_servers: z.array(z.string()).nullish(),
    original_name_servers: z.array(z.string()).nullish(),
    plan: z.object({ name: z.string().nullish() }).nullish(),
    account: z.object({ id: z.string().nullish(), name: z.string().nullish() }).nullish(),
    development_mode: z.number().nullish(),
    activated_on: z.string().nullish(),
    created_on: z.string(),
    modified_on: z.string(),
  })
  .transform((found) => ({
    id: found.id,
    name: found.name,
    status: found.status ?? null,
    paused: found.paused ?? false,
    type: found.type ?? null,
    plan: found.plan?.name ?? null,
    nameServers: found.name_servers ?? [],
    details: {
      account: { id: found.account?.id ?? null, name: found.account?.name ?? null },
      originalNameServers: found.original_name_servers ?? [],
      developmentMode: (found.development_mode ?? 0) > 0,
      activatedAt: found.activated_on ?? null,
      createdAt: found.created_on,
      modifiedAt: found.modified_on,
    },
  }));

/** The zones that the token may see, and which of them a call means. */
@Injectable()
export class Zones {
  private readonly ids = new Map<string, { id: string; until: number }>();

  constructor(
    private readonly api: CloudflareApi,
    private readonly settings: CloudflareSettings,
  ) {}

  async list(input: InputOf<typeof zonesList>, signal: AbortSignal): Promise<OutputOf<typeof zonesList>> {
    const query = { ...pageQuery(input), name: input.name && `contains:${input.name}`, status: input.status };
    const { result, raw, info } = await this.api.request({ path: '/zones', query, permission, signal }, z.array(zone));
    return {
      zones: result.map(({ details: _, ...shown }) => shown),
      ...pageFacts(input, info),
      ...rawOf(input, raw),
    };
  }

  async get(input: InputOf<typeof zonesGet>, signal: AbortSignal): Promise<OutputOf<typeof zonesGet>> {
    const path = await this.pathOf(input.zone, signal);
    const { result, raw } = await this.api.request({ path, permission, signal }, zone);
    const { details, ...shown } = result;
    return { ...shown, ...details, ...rawOf(input, raw) };
  }

  /** Path of the zone that a call names, or of the operator's. Throws `invalid` where there is none. */
  async pathOf(named: string | undefined, signal: AbortSignal): Promise<string> {
    return `/zones/${await this.idOf(named, signal)}`;
  }

  async idOf(named: string | undefined, signal: AbortSignal): Promise<string> {
    const wanted = (named ?? this.settings.zoneId)?.toLowerCase();
    if (wanted === undefined) {
      throw invalidField('zone', 'the name or id of a zone, since CLOUDFLARE_ZONE_ID names none', 'nothing');
    }
    if (isZoneId(wanted)) return wanted;
    const known = this.ids.get(wanted);
    if (known && known.until > Date.now()) return known.id;
    const id = await this.lookUp(wanted, signal);
    if (this.ids.size >= MAX_NAMES) this.ids.clear();
    this.ids.set(wanted, { id, until: Date.now() + NAME_TTL_MS });
    return id;
  }

  private async lookUp(name: string, signal: AbortSignal): Promise<string> {
    const { result } = await this.api.request({ path: '/zones', query: { name }, permission, signal }, z.array(zone));
    const [found] = result;
    if (!found) {
      throw invalidField(
        'zone',
        'the name or id of a zone that the API token may see (zones-list shows them)',
        JSON.stringify(name),
      );
    }
    return found.id;
  }
}

export function isZoneId(text: string): boolean {
  return /^[0-9a-f]{32}$/i.test(text.trim());
}
