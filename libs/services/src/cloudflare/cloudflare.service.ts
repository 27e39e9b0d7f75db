import {
  McpService,
  Operation,
  type InputOf,
  type OperationContext,
  type ReachesBackEnds,
  type ReportsStatus,
  type ServiceStatus,
} from '#libs/kit';
import { CloudflareApi } from './cloudflare-api.js';
import { CloudflareSettings } from './cloudflare.settings.js';
import { DnsRecords } from './dns/records.js';
import * as dns from './operations/dns.js';
import * as zones from './operations/zones.js';
import { Zones } from './zones.js';

@McpService({
  name: 'cloudflare',
  version: '1.0.0',
  description: 'Cloudflare: zones, DNS records, the cache, videos of Stream, and analytics.',
  location: 'server',
  settings: CloudflareSettings,
})
export class CloudflareService implements ReportsStatus, ReachesBackEnds {
  constructor(
    private readonly api: CloudflareApi,
    private readonly zones: Zones,
  ) {}

  serviceStatus(): ServiceStatus {
    return this.api.status();
  }

  backEndOf(): string {
    return 'Cloudflare';
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

  private async records({ zone }: { zone?: string | undefined }, { signal }: OperationContext): Promise<DnsRecords> {
    return new DnsRecords(this.api, await this.zones.pathOf(zone, signal), signal);
  }
}
