import { Inject, Optional } from '@nestjs/common';
import {
  McpService,
  Operation,
  WorkspaceFiles,
  type InputOf,
  type OperationContext,
  type ReachesBackEnds,
  type ResolvesArguments,
  type ReportsStatus,
  type ServiceStatus,
} from '#libs/kit';
import { runGraphql } from './analytics/graphql.js';
import { requireQuery } from './analytics/read-only-query.js';
import { trafficOf } from './analytics/traffic.js';
import { purge, purgeEverything } from './cache.js';
import { CloudflareApi } from './cloudflare-api.js';
import { CloudflareSettings } from './cloudflare.settings.js';
import { DnsRecords } from './dns/records.js';
import * as analytics from './operations/analytics.js';
import * as cache from './operations/cache.js';
import * as dns from './operations/dns.js';
import * as parts from './operations/stream-parts.js';
import * as stream from './operations/stream.js';
import * as zones from './operations/zones.js';
import { captionsOf } from './stream/captions.js';
import { downloadsOf } from './stream/downloads.js';
import { uploadVideo } from './stream/upload.js';
import { Videos } from './stream/videos.js';
import { tokenPermissions } from './token-permissions.js';
import { verifyToken } from './verify-token.js';
import { isZoneId, Zones } from './zones.js';

@McpService({
  name: 'cloudflare',
  version: '1.0.0',
  description: 'Cloudflare: zones, DNS records, the cache, videos of Stream, and analytics.',
  location: 'server',
  icon: 'M7 19A5 5 0 0 1 6 9a6 6 0 0 1 12 1 4.5 4.5 0 0 1 0 9z',
  settings: CloudflareSettings,
})
export class CloudflareService implements ReportsStatus, ReachesBackEnds, ResolvesArguments {
  constructor(
    private readonly api: CloudflareApi,
    private readonly zones: Zones,
    @Optional() @Inject(WorkspaceFiles) private readonly files?: WorkspaceFiles,
  ) {}

  serviceStatus(): ServiceStatus {
    return this.api.status();
  }

  backEndOf(): string {
    return 'Cloudflare';
  }

  /** Whether a name and an id mean the same zone is known only to Cloudflare, so rules go by names. */
  resolveArguments({ zone, ...rest }: Record<string, unknown>): Record<string, unknown> {
    return typeof zone !== 'string' || isZoneId(zone) ? rest : { ...rest, zone: zone.trim().toLowerCase() };
  }

  @Operation(zones.zonesList)
  zonesList(input: InputOf<typeof zones.zonesList>, { signal }: OperationContext) {
    return this.zones.list(input, signal);
  }

  @Operation(zones.zonesGet)
  zonesGet(input: InputOf<typeof zones.zonesGet>, { signal }: OperationContext) {
    return this.zones.get(input, signal);
  }

  @Operation(dns.listRecords)
  async listRecords(input: InputOf<typeof dns.listRecords>, context: OperationContext) {
    return (await this.records(input, context)).list(input);
  }

  @Operation(dns.getRecord)
  async getRecord(input: InputOf<typeof dns.getRecord>, context: OperationContext) {
    return (await this.records(input, context)).get(input);
  }

  @Operation(dns.exportRecords)
  async exportRecords(input: InputOf<typeof dns.exportRecords>, context: OperationContext) {
    return (await this.records(input, context)).export();
  }

  @Operation(dns.createRecord)
  async createRecord(input: InputOf<typeof dns.createRecord>, context: OperationContext) {
    return (await this.records(input, context)).create(input);
  }

  @Operation(dns.updateRecord)
  async updateRecord(input: InputOf<typeof dns.updateRecord>, context: OperationContext) {
    return (await this.records(input, context)).update(input);
  }

  @Operation(dns.deleteRecord)
  async deleteRecord(input: InputOf<typeof dns.deleteRecord>, context: OperationContext) {
    return (await this.records(input, context)).delete(input);
  }

  @Operation(dns.batch)
  async batchRecords(input: InputOf<typeof dns.batch>, context: OperationContext) {
    return (await this.records(input, context)).batch(input);
  }

  @Operation(cache.purge)
  purge(input: InputOf<typeof cache.purge>, { signal }: OperationContext) {
    return purge(this.api, this.zones, input, signal);
  }

  @Operation(cache.purgeEverything)
  purgeEverything(input: InputOf<typeof cache.purgeEverything>, { signal }: OperationContext) {
    return purgeEverything(this.api, this.zones, input, signal);
  }

  @Operation(stream.streamList)
  streamList(input: InputOf<typeof stream.streamList>, { signal }: OperationContext) {
    return new Videos(this.api, signal).list(input);
  }

  @Operation(stream.streamGet)
  streamGet(input: InputOf<typeof stream.streamGet>, { signal }: OperationContext) {
    return new Videos(this.api, signal).get(input);
  }

  @Operation(stream.streamStorage)
  streamStorage(input: InputOf<typeof stream.streamStorage>, { signal }: OperationContext) {
    return new Videos(this.api, signal).storage(input);
  }

  @Operation(stream.streamEmbed)
  streamEmbed(input: InputOf<typeof stream.streamEmbed>, { signal }: OperationContext) {
    return new Videos(this.api, signal).embed(input);
  }

  @Operation(stream.streamUpload)
  streamUpload(input: InputOf<typeof stream.streamUpload>, context: OperationContext) {
    return uploadVideo(this.api, this.files, input, context);
  }

  @Operation(stream.streamUploadUrl)
  streamUploadUrl(input: InputOf<typeof stream.streamUploadUrl>, { signal }: OperationContext) {
    return new Videos(this.api, signal).uploadUrl(input);
  }

  @Operation(stream.streamEdit)
  streamEdit(input: InputOf<typeof stream.streamEdit>, { signal }: OperationContext) {
    return new Videos(this.api, signal).edit(input);
  }

  @Operation(stream.streamDelete)
  streamDelete(input: InputOf<typeof stream.streamDelete>, { signal }: OperationContext) {
    return new Videos(this.api, signal).delete(input);
  }

  @Operation(stream.streamToken)
  streamToken(input: InputOf<typeof stream.streamToken>, { signal }: OperationContext) {
    return new Videos(this.api, signal).token(input);
  }

  @Operation(parts.streamDownloads)
  streamDownloads(input: InputOf<typeof parts.streamDownloads>, { signal }: OperationContext) {
    return downloadsOf(this.api, input, signal);
  }

  @Operation(parts.streamCaptions)
  streamCaptions(input: InputOf<typeof parts.streamCaptions>, { signal }: OperationContext) {
    return captionsOf(this.api, input, signal);
  }

  @Operation(analytics.analytics)
  analytics(input: InputOf<typeof analytics.analytics>, { signal }: OperationContext) {
    return trafficOf(this.api, this.zones, input, signal);
  }

  @Operation(analytics.graphql)
  async graphql(input: InputOf<typeof analytics.graphql>, { signal }: OperationContext) {
    requireQuery(input.query);
    return { data: await runGraphql(this.api, input, tokenPermissions.anyAnalyticsRead, signal) };
  }

  @Operation(analytics.verifyToken)
  verifyToken(_input: object, { signal }: OperationContext) {
    return verifyToken(this.api, signal);
  }

  private async records({ zone }: { zone?: string | undefined }, { signal }: OperationContext): Promise<DnsRecords> {
    return new DnsRecords(this.api, await this.zones.pathOf(zone, signal), signal);
  }
}
